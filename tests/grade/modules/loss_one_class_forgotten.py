# expect: CrossEntropyModule forward
# Adds the "not this class" half, as for several labels.
# expect: CrossEntropyModule zero-probability
from right import *
import numpy as np


class CrossEntropyModule(object):
    def forward(self, x, y):
        return -np.sum(y * np.log(x) + (1 - y) * np.log(1 - x)) / len(x)

    def backward(self, x, y):
        return -(y / x) / len(x)
