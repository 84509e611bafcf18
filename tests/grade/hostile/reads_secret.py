# Reads another hand-in by its path.
# ends: exited
try:
    open(open("target.txt").read()).read()
    print("ESCAPED")
except OSError as error:
    print("held", error)
