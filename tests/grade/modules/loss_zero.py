# expect: CrossEntropyModule zero-probability
from right import *


class CrossEntropyModule(CrossEntropyModule):
    def forward(self, x, y):
        return -np.sum(y * np.log(x)) / len(x)

    def backward(self, x, y):
        return -y / x / len(x)
