# The logarithm is not differentiated.
# expect: CrossEntropyModule input-gradient: inner derivative lost
from right import *

class CrossEntropyModule:
    def forward(self, x, y):
        return -np.sum(y * np.log(np.maximum(x, 1e-300))) / len(x)

    def backward(self, x, y):
        return -y * np.log(np.maximum(x, 1e-300)) / len(x)
