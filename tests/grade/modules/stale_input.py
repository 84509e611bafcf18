# expect: LinearModule second-call
from right import *
import numpy as np


class LinearModule(object):
    def __init__(self, in_features, out_features):
        self.params = {'weight': np.random.normal(0, 0.1, (out_features, in_features)), 'bias': np.zeros(out_features)}
        self.grads = {'weight': None, 'bias': None}
        self.ones = None

    def forward(self, x):
        self.x = x
        if self.ones is None:
            self.ones = np.ones((1, x.shape[0]))
        return x @ self.params['weight'].T + self.params['bias']

    def backward(self, dout):
        self.grads['weight'] = dout.T @ self.x
        self.grads['bias'] = (self.ones @ dout).reshape(-1)
        return dout @ self.params['weight']
