# Reads the memory and the command line of the grader.
# ends: exited
import os
held = True
for path in ["/proc/%d/cmdline" % os.getppid(), "/proc/%d/environ" % os.getppid(),
             "/proc/%d/mem" % os.getppid(), "/proc/self/environ", "/proc/self/maps",
             "/proc/cpuinfo"]:
    try:
        open(path, "rb").read(1)
        held = False
    except OSError:
        pass
print("held" if held else "ESCAPED")
