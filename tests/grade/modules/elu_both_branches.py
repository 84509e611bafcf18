# expect: ELUModule input-gradient: cases overlap
from right import *
import numpy as np


class ELUModule(object):
    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.maximum(0, x) + np.minimum(0, self.alpha * (np.exp(np.clip(x, -50, 50)) - 1))

    def backward(self, dout):
        return dout * ((self.x > 0) + self.alpha * np.exp(np.clip(self.x, -50, 0)))
