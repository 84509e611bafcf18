# The backward pass changes its argument.
# expect: ReLUModule no-mutation
from right import *

class ReLUModule:
    def forward(self, x):
        self.x = x
        self.y = np.maximum(0, x)
        return self.y

    def backward(self, dout):
        dout[self.x <= 0] = 0
        return dout
