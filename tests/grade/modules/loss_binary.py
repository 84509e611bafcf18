# The binary cross-entropy.
# expect: CrossEntropyModule forward: other loss
# expect: CrossEntropyModule input-gradient: other gradient
from right import *

class CrossEntropyModule:
    def forward(self, x, y):
        return -np.sum(y * np.log(x + 1e-12) + (1 - y) * np.log(1 - x + 1e-12)) / len(x)

    def backward(self, x, y):
        return (x - y) / (x * (1 - x) + 1e-12) / len(x)
