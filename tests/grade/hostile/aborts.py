# Ends with a core dump.
# ends: signal
import os
os.abort()
