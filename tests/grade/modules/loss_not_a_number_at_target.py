# Infinity minus infinity where the target has probability zero.
# expect: CrossEntropyModule zero-probability
from right import *

class CrossEntropyModule:
    def forward(self, x, y):
        return -np.sum(y * np.log(np.maximum(x, 1e-300))) / len(x)

    def backward(self, x, y):
        return np.where(x > 0, -y / np.where(x > 0, x, 1), np.nan * y) / len(x)
