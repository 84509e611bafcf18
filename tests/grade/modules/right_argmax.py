# The class is looked up in the one-hot row.
from right import *


class CrossEntropyModule:
    def forward(self, x, y):
        label = np.argmax(y, axis=1)
        picked = x[range(len(x)), label]
        return -np.log(np.maximum(picked, 1e-20)).mean()

    def backward(self, x, y):
        dx = np.zeros(x.shape)
        for i, label in enumerate(y.argmax(axis=1)):
            dx[i, label] = -1.0 / max(x[i, label], 1e-20)
        return dx / x.shape[0]
