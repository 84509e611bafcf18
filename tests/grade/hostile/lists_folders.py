# Lists the folder that holds the others.
# ends: exited
import os
try:
    os.listdir(os.path.dirname(open("target.txt").read()))
    print("ESCAPED")
except OSError as error:
    print("held", error)
