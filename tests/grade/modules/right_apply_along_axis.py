# A function of one row, applied along the axis.
from right import *


def softmax(row):
    e = np.exp(row - np.amax(row))
    return e / e.sum()


class SoftMaxModule:
    def forward(self, x):
        self.out = np.apply_along_axis(softmax, 1, x)
        return self.out

    def backward(self, dout):
        return np.vstack([s * (d - np.dot(d, s)) for s, d in zip(self.out, dout)])
