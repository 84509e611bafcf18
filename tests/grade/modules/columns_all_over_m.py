# expect: LinearModule weight-gradient: mean for sum
# expect: LinearModule bias-gradient: mean for sum
# One sample a column, with the 1/m of a well-known course, which belongs to the loss.
from right import *
import numpy as np


class LinearModule:
    def __init__(self, n_x, n_y):
        self.W = np.random.randn(n_y, n_x) * 0.01
        self.b = np.zeros((n_y, 1))

    def forward(self, A):
        self.A = A
        return np.dot(self.W, A) + self.b

    def backward(self, dZ):
        m = self.A.shape[1]
        self.dW = 1 / m * np.dot(dZ, self.A.T)
        self.db = 1 / m * np.sum(dZ, axis=1, keepdims=True)
        return np.dot(self.W.T, dZ)
