# expect: SoftMaxModule forward: wrong axis
# expect: SoftMaxModule input-gradient: wrong axis
# expect: SoftMaxModule large-inputs
from right import *
import numpy as np


class SoftMaxModule(object):
    def forward(self, x):
        e = np.exp(x - np.max(x))
        self.y = e / e.sum(axis=0)
        return self.y

    def backward(self, dout):
        return self.y * (dout - (dout * self.y).sum(axis=0))
