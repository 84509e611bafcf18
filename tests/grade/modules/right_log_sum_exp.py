# Softmax through logarithms.
from right import *


class SoftMaxModule:
    def forward(self, x):
        top = x.max(axis=-1, keepdims=True)
        self.log = x - top - np.log(np.exp(x - top).sum(axis=-1, keepdims=True))
        return np.exp(self.log)

    def backward(self, dout):
        y = np.exp(self.log)
        ones = np.ones((y.shape[1], y.shape[1]))
        return y * dout - y * ((y * dout) @ ones)
