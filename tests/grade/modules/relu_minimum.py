# The minimum for the maximum.
# expect: ReLUModule forward: cases swapped
from right import *

class ReLUModule:
    def forward(self, x):
        self.x = x
        self.y = np.minimum(0, x)
        return self.y

    def backward(self, dout):
        return dout * (self.x > 0)
