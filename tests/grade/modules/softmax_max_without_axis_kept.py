# expect: SoftMaxModule forward: shapes do not fit
# expect: SoftMaxModule input-gradient
# expect: SoftMaxModule shapes
# expect: SoftMaxModule precision
# expect: SoftMaxModule second-call
# expect: SoftMaxModule no-mutation
# expect: SoftMaxModule large-inputs
# expect: SoftMaxModule batch-of-one
from right import *
import numpy as np


class SoftMaxModule(object):
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=1))
        self.out = e / np.sum(e, axis=1)
        return self.out

    def backward(self, dout):
        return self.out * (dout - np.sum(dout * self.out, axis=1, keepdims=True))
