# Reads a file that the grader's caller left open.
# ends: exited
import os
held = True
for number in range(3, 256):
    try:
        os.fstat(number)
        held = False
    except OSError:
        pass
print("held" if held else "ESCAPED")
