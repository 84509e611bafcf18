# expect: LinearModule weight-gradient: extra term
# Weight decay slipped into the layer.
from right import *
import numpy as np


class LinearModule(object):
    def __init__(self, in_features, out_features):
        self.params = {'weight': np.random.normal(0, 0.1, (out_features, in_features)), 'bias': np.zeros(out_features)}
        self.grads = {'weight': None, 'bias': None}

    def forward(self, x):
        self.x = x
        return x @ self.params['weight'].T + self.params['bias']

    def backward(self, dout):
        self.grads['weight'] = dout.T @ self.x + 0.01 * self.params['weight']
        self.grads['bias'] = np.sum(dout, axis=0)
        return dout @ self.params['weight']
