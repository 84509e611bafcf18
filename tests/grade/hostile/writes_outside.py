# Overwrites another hand-in.
# ends: exited
try:
    open(open("target.txt").read(), "w").write("overwritten")
    print("ESCAPED")
except OSError as error:
    print("held", error)
