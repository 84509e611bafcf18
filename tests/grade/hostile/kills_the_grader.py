# Kills the grader.
# ends: exited
import os, signal
held = True
for number in [os.getppid(), 1, -1, 0]:
    try:
        os.kill(number, signal.SIGTERM if number else signal.SIGKILL)
        held = False
    except OSError:
        pass
print("held" if held else "ESCAPED")
