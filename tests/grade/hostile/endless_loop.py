# Never ends.
# ends: cpu
while True:
    pass
