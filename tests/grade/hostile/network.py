# Calls out.
# ends: exited
import socket
held = True
for family in [socket.AF_INET, socket.AF_INET6, socket.AF_UNIX]:
    for kind in [socket.SOCK_STREAM, socket.SOCK_DGRAM]:
        try:
            socket.socket(family, kind)
            held = False
        except OSError:
            pass
print("held" if held else "ESCAPED")
