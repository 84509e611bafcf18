# Much is printed, to both streams.
from right import *


import sys, warnings

print('{"id": 1, "output": null}')


class ReLUModule:
    def forward(self, x):
        print("forward", x.shape, flush=True)
        print('{"id": 2}', file=sys.stderr)
        sys.stdout.write("no newline")
        warnings.warn("mind the kink")
        self.x = x
        return np.maximum(x, 0.0)

    def backward(self, dout):
        print("backward", dout)
        return dout * np.heaviside(self.x, 0)
