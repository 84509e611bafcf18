# Starts another program.
# ends: exited
import subprocess
try:
    subprocess.run(["/bin/true"], check=True)
    print("ESCAPED")
except OSError as error:
    print("held", error)
