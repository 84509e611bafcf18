# Attributes instead of dictionaries.
from right import *


class LinearModule:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.01
        self.b = np.zeros((1, n_out))
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)

    def forward(self, X):
        self.X = X
        return X.dot(self.W) + self.b

    def backward(self, dY):
        self.dW = self.X.T.dot(dY)
        self.db = np.sum(dY, axis=0, keepdims=True)
        return dY.dot(self.W.T)
