# Leaves its process group, so as to live on.
# ends: exited
import os
held = True
for escape in [os.setsid, lambda: os.setpgid(0, 0), lambda: os.setpgid(0, os.getppid())]:
    try:
        escape()
        held = False
    except OSError:
        pass
print("held" if held else "ESCAPED")
