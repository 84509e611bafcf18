# expect: LinearModule weight-gradient: mean for sum
# expect: LinearModule bias-gradient: mean for sum
from right import *
import numpy as np


class LinearModule(object):
    def __init__(self, in_features, out_features):
        self.params = {'weight': np.random.normal(0, 0.1, (in_features, out_features)), 'bias': np.zeros((1, out_features))}
        self.grads = {'weight': None, 'bias': None}

    def forward(self, x):
        self.x = x
        return x @ self.params['weight'] + self.params['bias']

    def backward(self, dout):
        m = self.x.shape[0]
        self.grads['weight'] = 1 / m * self.x.T @ dout
        self.grads['bias'] = 1 / m * np.sum(dout, axis=0, keepdims=True)
        return dout @ self.params['weight'].T
