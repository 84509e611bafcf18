# The mean over the batch is missing.
# expect: CrossEntropyModule forward: missing sum
from right import *

class CrossEntropyModule:
    def forward(self, x, y):
        return -np.sum(y * np.log(np.maximum(x, 1e-300)), axis=1)

    def backward(self, x, y):
        return -y / np.maximum(x, 1e-300) / len(x)
