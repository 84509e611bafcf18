# expect: LinearModule second-call: accumulated
from right import *
import numpy as np


class LinearModule(object):
    def __init__(self, in_features, out_features):
        self.params = {'weight': np.random.normal(0, 0.1, (in_features, out_features)), 'bias': np.zeros((1, out_features))}
        self.grads = {'weight': np.zeros((in_features, out_features)), 'bias': np.zeros((1, out_features))}

    def forward(self, x):
        self.x = x
        return x @ self.params['weight'] + self.params['bias']

    def backward(self, dout):
        for x, d in zip(self.x, dout):
            self.grads['weight'] += np.outer(x, d)
            self.grads['bias'] += d
        return dout @ self.params['weight'].T
