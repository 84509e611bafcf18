# The targets are missing from the gradient.
# expect: CrossEntropyModule input-gradient: missing factor
from right import *

class CrossEntropyModule:
    def forward(self, x, y):
        return -np.sum(y * np.log(np.maximum(x, 1e-300))) / len(x)

    def backward(self, x, y):
        return -1 / np.maximum(x, 1e-300) / len(x)
