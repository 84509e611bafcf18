# Right, with a relative import of a file beside it.
from .right import *
from . import right as others


class ReLUModule:
    def forward(self, x):
        self.x = x
        return np.maximum(0, x)

    def backward(self, dout):
        return dout * (self.x > 0)
