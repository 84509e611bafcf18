# expect: CrossEntropyModule zero-probability
from right import *
import numpy as np


class CrossEntropyModule(object):
    def forward(self, x, y):
        return -np.sum(y * np.log(x)) / x.shape[0]

    def backward(self, x, y):
        return -y / x / x.shape[0]
