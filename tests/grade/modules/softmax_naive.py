# expect: SoftMaxModule large-inputs
from right import *
import numpy as np


class SoftMaxModule(object):
    def forward(self, x):
        self.out = np.exp(x) / np.sum(np.exp(x), axis=1)[:, None]
        return self.out

    def backward(self, dout):
        n, c = dout.shape
        dx = np.zeros((n, c))
        for i in range(n):
            for j in range(c):
                for k in range(c):
                    dx[i, j] += dout[i, k] * self.out[i, k] * ((j == k) - self.out[i, j])
        return dx
