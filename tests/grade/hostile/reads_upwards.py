# Reads another hand-in by going up from its own folder.
# ends: exited
import os
target = open("target.txt").read()
path = os.path.relpath(os.path.realpath(target), os.path.realpath("."))
try:
    open(path).read()
    print("ESCAPED")
except OSError as error:
    print("held", error)
