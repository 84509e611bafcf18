# The mask is that of the gradient.
# expect: ReLUModule input-gradient: wrong argument
from right import *

class ReLUModule:
    def forward(self, x):
        self.x = x
        self.y = np.maximum(0, x)
        return self.y

    def backward(self, dout):
        return dout * (dout > 0)
