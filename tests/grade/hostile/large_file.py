# Writes one file that is too large.
# ends: any
with open("large", "wb") as file:
    for _ in range(1 << 12):
        file.write(b"z" * (1 << 20))
print("ESCAPED")
