# The loss remembers its arguments.
from right import *


class CrossEntropyModule:
    def forward(self, x, y):
        self.x, self.y = np.maximum(x, 1e-15), y
        return np.array([-np.sum(y * np.log(self.x)) / len(x)])

    def backward(self):
        return -self.y / self.x / len(self.x)
