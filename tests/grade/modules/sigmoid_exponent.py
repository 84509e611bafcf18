# The exponent has the wrong sign.
# expect: SigmoidModule forward: sign
from right import *

class SigmoidModule:
    def forward(self, x):
        self.x = x
        self.y = 1 / (1 + np.exp(x))
        return self.y

    def backward(self, dout):
        return dout * self.y * (1 - self.y)
