# The backward pass returns nothing.
# expect: ReLUModule input-gradient
# expect: ReLUModule shapes
# expect: ReLUModule batch-of-one
# expect: ReLUModule second-call
# expect: ReLUModule large-inputs
# expect: ReLUModule precision
# expect: ReLUModule no-mutation
from right import *

class ReLUModule:
    def forward(self, x):
        self.x = x
        self.y = np.maximum(0, x)
        return self.y

    def backward(self, dout):
        self.grad = dout * (self.x > 0)
