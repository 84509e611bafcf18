# expect: ELUModule input-gradient: wrong factor
from right import *
import numpy as np


class ELUModule(object):
    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        self.out = np.where(x > 0, x, self.alpha * (np.exp(np.minimum(x, 0)) - 1))
        return self.out

    def backward(self, dout):
        # derivative for x < 0 is ELU(x) + alpha
        return dout * np.where(self.x > 0, 1, self.out + 1)
