# Cuts another hand-in to nothing.
# ends: exited
import os
try:
    os.truncate(open("target.txt").read(), 0)
    print("ESCAPED")
except OSError as error:
    print("held", error)
