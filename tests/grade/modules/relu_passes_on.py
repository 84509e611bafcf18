# The gradient is passed on unchanged.
# expect: ReLUModule input-gradient: missing factor
from right import *

class ReLUModule:
    def forward(self, x):
        self.x = x
        self.y = np.maximum(0, x)
        return self.y

    def backward(self, dout):
        return dout
