# Activations through masks and extremes.
from right import *


class ELUModule:
    def __init__(self, alpha):
        self.alpha = alpha

    def forward(self, x):
        self.out = np.maximum(x, 0) + np.minimum(self.alpha * (np.exp(np.minimum(x, 0)) - 1), 0)
        self.positive = x > 0
        return self.out

    def backward(self, dout):
        slope = self.out + self.alpha
        slope[self.positive] = 1
        return slope * dout


class LeakyReLUModule:
    def __init__(self, neg_slope):
        self.neg_slope = neg_slope

    def forward(self, x):
        self.slope = (x > 0) + self.neg_slope * (x <= 0)
        return np.maximum(x, self.neg_slope * x)

    def backward(self, dout):
        return dout * self.slope
