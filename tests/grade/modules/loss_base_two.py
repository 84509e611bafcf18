# The logarithm has base two.
# expect: CrossEntropyModule forward: factor
from right import *

class CrossEntropyModule:
    def forward(self, x, y):
        return -np.sum(y * np.log2(np.maximum(x, 1e-300))) / len(x)

    def backward(self, x, y):
        return -y / np.maximum(x, 1e-300) / len(x)
