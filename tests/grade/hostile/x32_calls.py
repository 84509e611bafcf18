# Forks through the numbers of another way of calling the kernel.
# ends: any
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
me = os.getpid()
X32 = 0x40000000
for number in [57, 58, 56]:
    result = libc.syscall(ctypes.c_long(X32 | number), ctypes.c_long(17), None, None, None, None)
    if os.getpid() != me:
        os._exit(0)
    if result > 0:
        print("ESCAPED")
print("held")
