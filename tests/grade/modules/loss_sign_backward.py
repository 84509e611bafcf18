# expect: CrossEntropyModule input-gradient: sign
from right import *
import numpy as np


class CrossEntropyModule(object):
    def forward(self, x, y):
        n = x.shape[0]
        return -np.log(x[np.arange(n), y.argmax(1)]).mean()

    def backward(self, x, y):
        n = x.shape[0]
        dx = np.zeros(x.shape)
        dx[np.arange(n), y.argmax(1)] = 1 / x[np.arange(n), y.argmax(1)]
        return dx / n
