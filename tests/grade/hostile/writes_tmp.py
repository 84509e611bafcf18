# Leaves a file for the next hand-in to find.
# ends: exited
held = True
for path in ["/tmp/left-behind", "/var/tmp/left-behind", "/dev/shm/left-behind"]:
    try:
        open(path, "w").write("x")
        held = False
    except OSError:
        pass
print("held" if held else "ESCAPED")
