# The forward pass gives the mask.
# expect: ReLUModule forward: missing factor
from right import *

class ReLUModule:
    def forward(self, x):
        self.x = x
        self.y = (x > 0).astype(float)
        return self.y

    def backward(self, dout):
        return dout * (self.x > 0)
