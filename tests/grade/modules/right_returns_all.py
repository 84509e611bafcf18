# backward returns everything; the gradients are also kept.
from right import *
import numpy as np


class LinearModule:
    def __init__(self, D, C):
        self.params = {'W': np.random.randn(D, C) / np.sqrt(D), 'b': np.zeros(C)}
        self.grads = {}

    def forward(self, X):
        self.X = X
        return X.dot(self.params['W']) + self.params['b']

    def backward(self, dY):
        dW = self.X.T.dot(dY)
        db = dY.sum(axis=0)
        dX = dY.dot(self.params['W'].T)
        self.grads['W'] = dW
        self.grads['b'] = db
        return dX, dW, db
