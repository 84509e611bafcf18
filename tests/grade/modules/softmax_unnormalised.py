# The quotient is missing.
# expect: SoftMaxModule forward: missing normalisation
# expect: SoftMaxModule large-inputs
from right import *

class SoftMaxModule:
    def forward(self, x):
        self.x = x
        self.y = np.exp(x)
        return self.y

    def backward(self, dout):
        y = self.y / self.y.sum(axis=1, keepdims=True)
        return y * (dout - (dout * y).sum(axis=1, keepdims=True))
