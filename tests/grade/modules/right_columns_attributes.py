# One sample a column; the bias is a flat vector; Andrew Ng's names.
from right import *
import numpy as np


class LinearModule:
    def __init__(self, n_x, n_h):
        self.W = np.random.randn(n_h, n_x) * 0.01
        self.b = np.zeros((n_h, 1))

    def forward(self, A_prev):
        self.A_prev = A_prev
        Z = np.dot(self.W, A_prev) + self.b
        return Z

    def backward(self, dZ):
        self.dW = np.dot(dZ, self.A_prev.T)
        self.db = dZ.sum(axis=1).reshape(-1, 1)
        dA_prev = np.dot(self.W.T, dZ)
        return dA_prev
