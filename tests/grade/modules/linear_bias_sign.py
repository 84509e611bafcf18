# expect: LinearModule bias-gradient: sign
from right import *
import numpy as np


class LinearModule(object):
    def __init__(self, in_features, out_features):
        self.params = {'weight': np.random.normal(0, 0.1, (out_features, in_features)), 'bias': np.zeros((out_features, 1))}
        self.grads = {'weight': np.zeros((out_features, in_features)), 'bias': np.zeros((out_features, 1))}

    def forward(self, x):
        self.x = x
        return (self.params['weight'] @ x.T + self.params['bias']).T

    def backward(self, dout):
        self.grads['weight'] = (self.x.T @ dout).T
        self.grads['bias'] = -dout.sum(axis=0)[:, None]
        return (self.params['weight'].T @ dout.T).T
