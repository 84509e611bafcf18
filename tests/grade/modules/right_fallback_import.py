# An import with a way out.
try:
    import cupy as xp
except ImportError:
    import numpy as xp
from right import *


class ReLUModule:
    def forward(self, x):
        self.mask = xp.greater(x, 0)
        return xp.multiply(x, self.mask)

    def backward(self, dout):
        return xp.multiply(dout, self.mask)
