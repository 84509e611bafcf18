# The slope is taken at the input.
# expect: SigmoidModule input-gradient: wrong argument
from right import *

class SigmoidModule:
    def forward(self, x):
        self.x = x
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, dout):
        return dout * self.x * (1 - self.x)
