# Makes a world of its own, in which it is root.
# ends: exited
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, CLONE_NEWNS = 0x10000000, 0x20000
print("held" if all(libc.unshare(flag) != 0 for flag in [CLONE_NEWUSER, CLONE_NEWNS]) and
      libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) != 0 else "ESCAPED")
