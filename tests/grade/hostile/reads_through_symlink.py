# Makes a link out of its folder and reads through it.
# ends: exited
import os
try:
    os.symlink(open("target.txt").read(), "link")
    open("link").read()
    print("ESCAPED")
except OSError as error:
    print("held", error)
