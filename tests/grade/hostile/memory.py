# Asks for all the memory there is.
# ends: any
blocks = []
try:
    for _ in range(10_000):
        blocks.append(bytearray(1 << 26))
    print("ESCAPED")
except MemoryError:
    print("held")
