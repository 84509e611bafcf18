# Fills the disk with many files.
# ends: disk
import time
number = 0
while True:
    with open("file%d" % number, "wb") as file:
        file.write(b"z" * (1 << 16))
    number += 1
