# Makes a hard link to another hand-in.
# ends: exited
import os
try:
    os.link(open("target.txt").read(), "link")
    open("link").read()
    print("ESCAPED")
except OSError as error:
    print("held", error)
