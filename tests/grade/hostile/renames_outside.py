# Moves another hand-in into its own folder.
# ends: exited
import os
try:
    os.rename(open("target.txt").read(), "mine")
    print("ESCAPED")
except OSError as error:
    print("held", error)
