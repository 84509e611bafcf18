# Starts workers through the standard library.
# ends: exited
import os
try:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)
    print("ESCAPED")
except OSError as error:
    print("held", error)
