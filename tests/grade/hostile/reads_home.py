# Reads what lies in the usual places.
# ends: exited
import os
held = True
for path in ["/root", "/home", "/etc/passwd", "/etc/shadow", "/var/log", "/sys/class/net"]:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path).read(1)
        held = False
    except OSError:
        pass
print("held" if held else "ESCAPED")
