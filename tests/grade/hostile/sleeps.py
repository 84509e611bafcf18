# Waits for ever without using the processor.
# ends: wall
import time
time.sleep(1e6)
