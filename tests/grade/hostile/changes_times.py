# Makes another hand-in look late.
# ends: exited
import os
try:
    os.utime(open("target.txt").read(), (0, 0))
    print("ESCAPED")
except OSError as error:
    print("held", error)
