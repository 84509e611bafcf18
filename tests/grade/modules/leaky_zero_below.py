# Below zero the slope is lost.
# expect: LeakyReLUModule input-gradient: missing term
from right import *

class LeakyReLUModule:
    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        self.x = x
        self.y = np.where(x > 0, x, self.slope * x)
        return self.y

    def backward(self, dout):
        return dout * (self.x > 0)
