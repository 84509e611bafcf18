# Types a command into the terminal that the grader was started from.
# ends: exited
import fcntl, os
TIOCSTI = 0x5412
held = True
for number in [0, 1, 2]:
    try:
        fcntl.ioctl(number, TIOCSTI, b"x")
        held = False
    except OSError as error:
        held = held and error.errno == 1
try:
    os.open("/dev/tty", os.O_RDWR)
    held = False
except OSError:
    pass
print("held" if held else "ESCAPED")
