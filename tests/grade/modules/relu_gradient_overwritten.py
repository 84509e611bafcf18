# expect: ReLUModule no-mutation
from right import *
import numpy as np


class ReLUModule(object):
    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout
