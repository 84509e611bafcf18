# Makes a pipe and a device in its folder.
# ends: exited
import os, stat
held = True
for attempt in [lambda: os.mkfifo("pipe"),
                lambda: os.mknod("disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0))]:
    try:
        attempt()
        held = False
    except OSError:
        pass
print("held" if held else "ESCAPED")
