# The backward pass is that of ReLU.
# expect: ELUModule input-gradient: missing term
from right import *

class ELUModule:
    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        self.y = np.where(x > 0, x, self.alpha * np.expm1(np.minimum(x, 0)))
        return self.y

    def backward(self, dout):
        return dout * (self.x > 0)
