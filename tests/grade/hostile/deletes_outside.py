# Deletes another hand-in.
# ends: exited
import os
try:
    os.remove(open("target.txt").read())
    print("ESCAPED")
except OSError as error:
    print("held", error)
