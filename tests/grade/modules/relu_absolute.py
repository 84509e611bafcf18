# The absolute value for the maximum: wrong without a name.
# expect: ReLUModule forward
# expect: ReLUModule input-gradient
# expect: ReLUModule batch-of-one
# expect: ReLUModule second-call
# expect: ReLUModule large-inputs
from right import *

class ReLUModule:
    def forward(self, x):
        self.x = x
        self.y = np.abs(x)
        return self.y

    def backward(self, dout):
        return dout * np.sign(self.x)
