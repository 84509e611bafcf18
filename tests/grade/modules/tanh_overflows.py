# A quotient of exponentials that overflows.
# expect: TanhModule large-inputs
from right import *

class TanhModule:
    def forward(self, x):
        self.x = x
        self.y = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y ** 2)
