# The mean runs over all entries.
# expect: CrossEntropyModule forward: missing term
# expect: CrossEntropyModule input-gradient: mean for sum
from right import *

class CrossEntropyModule:
    def forward(self, x, y):
        return -np.mean(y * np.log(np.maximum(x, 1e-300)))

    def backward(self, x, y):
        return -y / np.maximum(x, 1e-300) / x.size
