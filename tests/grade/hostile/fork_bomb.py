# Starts processes without end.
# ends: exited
import os
n = 0
for _ in range(10000):
    try:
        if os.fork() == 0:
            while True:
                try:
                    os.fork()
                except OSError:
                    pass
        n += 1
    except OSError:
        break
print("ESCAPED" if n else "held")
