# Takes the rights of another hand-in away.
# ends: exited
import os
try:
    os.chmod(open("target.txt").read(), 0)
    print("ESCAPED")
except OSError as error:
    print("held", error)
