# Writes 100 GB.
# ends: output
import sys
block = "x" * (1 << 20) + "\n"
for _ in range(100_000):
    sys.stdout.write(block)
