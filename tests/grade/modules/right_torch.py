# needs: torch
# Everything in torch tensors, by hand.
# expect: CrossEntropyModule zero-probability
from right import *
import torch


class LinearModule(object):
    def __init__(self, in_features, out_features):
        self.params = {'weight': torch.randn(out_features, in_features, dtype=torch.float64) * 0.01,
                       'bias': torch.zeros(1, out_features, dtype=torch.float64)}
        self.grads = {'weight': torch.zeros(out_features, in_features), 'bias': torch.zeros(1, out_features)}

    def forward(self, x):
        self.x = x
        return x @ self.params['weight'].T + self.params['bias']

    def backward(self, dout):
        self.grads['weight'] = dout.t() @ self.x
        self.grads['bias'] = torch.sum(dout, dim=0, keepdim=True)
        return dout @ self.params['weight']


class SoftMaxModule(object):
    def forward(self, x):
        e = torch.exp(x - x.max(dim=1, keepdim=True)[0])
        self.out = e / e.sum(dim=1, keepdim=True)
        return self.out

    def backward(self, dout):
        return self.out * (dout - (dout * self.out).sum(dim=1, keepdim=True))


class CrossEntropyModule(object):
    def forward(self, x, y):
        return -(y * torch.log(x)).sum(dim=1).mean()

    def backward(self, x, y):
        return -y / x / x.shape[0]
