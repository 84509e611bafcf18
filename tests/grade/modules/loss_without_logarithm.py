# The logarithm is missing.
# expect: CrossEntropyModule forward: missing logarithm
# expect: CrossEntropyModule input-gradient: missing factor
from right import *

class CrossEntropyModule:
    def forward(self, x, y):
        return -np.sum(y * x) / len(x)

    def backward(self, x, y):
        return -y / len(x)
