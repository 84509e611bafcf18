# Writes to standard error without end.
# ends: output
import os
block = b"x" * (1 << 16)
while True:
    os.write(2, block)
