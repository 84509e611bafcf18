# Leaves memory behind that outlives it.
# ends: exited
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
held = libc.shmget(0, 4096, 0o1600) < 0 and libc.msgget(0, 0o1600) < 0
try:
    import os
    os.memfd_create("x")
    held = False
except OSError:
    pass
print("held" if held else "ESCAPED")
