# The value for the slope.
# expect: ReLUModule input-gradient: missing derivative
from right import *

class ReLUModule:
    def forward(self, x):
        self.x = x
        self.y = np.maximum(0, x)
        return self.y

    def backward(self, dout):
        return dout * self.y
