# Small numbers keep logarithms and quotients finite.
from right import *


class CrossEntropyModule:
    def forward(self, x, y):
        eps = 1e-6
        return -np.mean(np.sum(y * np.log(x + eps), axis=1))

    def backward(self, x, y):
        eps = 1e-6
        return -(y / (x + eps)) / y.shape[0]
