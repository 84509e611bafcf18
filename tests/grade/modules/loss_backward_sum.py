# expect: CrossEntropyModule input-gradient: missing normalisation
# expect: CrossEntropyModule zero-probability
from right import *
import numpy as np


class CrossEntropyModule(object):
    def forward(self, x, y):
        self.batch = len(x)
        return -1 / self.batch * np.sum(y * np.log(x))

    def backward(self, x, y):
        return -1 * y / x
