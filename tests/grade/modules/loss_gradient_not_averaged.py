# The gradient lacks the mean.
# expect: CrossEntropyModule input-gradient: missing normalisation
from right import *

class CrossEntropyModule:
    def forward(self, x, y):
        return -np.sum(y * np.log(np.maximum(x, 1e-300))) / len(x)

    def backward(self, x, y):
        return -y / np.maximum(x, 1e-300)
