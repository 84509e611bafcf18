# Class numbers become one-hot inside.
from right import *


def one_hot(labels, classes):
    encoded = np.zeros((labels.size, classes))
    encoded[np.arange(labels.size), labels] = 1
    return encoded


class CrossEntropyModule:
    def forward(self, x, y):
        self.t = one_hot(y, x.shape[1])
        return -np.sum(self.t * np.log(x + 1e-9)) / x.shape[0]

    def backward(self, x, y):
        t = np.eye(x.shape[1])[y]
        return -t / (x + 1e-9) / x.shape[0]
