# Builds folders within folders without end.
# ends: exited
import os
try:
    for _ in range(100_000):
        os.mkdir("d")
        os.chdir("d")
    print("ESCAPED")
except OSError as error:
    print("held", error)
