# Writes one line that never ends.
# ends: output
import os
block = b"y" * (1 << 16)
while True:
    os.write(1, block)
