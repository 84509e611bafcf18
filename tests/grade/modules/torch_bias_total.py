# needs: torch
# expect: LinearModule bias-gradient

from right import *
import torch


class LinearModule(object):
    def __init__(self, in_features, out_features):
        self.params = {'weight': torch.randn(out_features, in_features).double() * 0.01, 'bias': torch.zeros(out_features).double()}
        self.grads = {'weight': None, 'bias': None}

    def forward(self, x):
        self.x = x
        return x @ self.params['weight'].T + self.params['bias']

    def backward(self, dout):
        self.grads['weight'] = dout.T @ self.x
        self.grads['bias'] = dout.sum()
        return dout @ self.params['weight']
