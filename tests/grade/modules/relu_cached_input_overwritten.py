# expect: ReLUModule no-mutation
from right import *
import numpy as np


class ReLUModule(object):
    def forward(self, x):
        self.x = x
        return np.maximum(0, x)

    def backward(self, dout):
        self.x[self.x <= 0] = 0
        self.x[self.x > 0] = 1
        return dout * self.x
