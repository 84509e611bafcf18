# expect: CrossEntropyModule zero-probability
from right import *
import numpy as np


class LinearModule(object):
    def __init__(self, in_features, out_features, input_layer=False):
        if input_layer:
            std = 1 / np.sqrt(in_features)
        else:
            std = np.sqrt(2 / in_features)
        self.params = {'weight': np.random.randn(out_features, in_features) * std,
                       'bias': np.zeros(out_features)}
        self.grads = {'weight': np.zeros((out_features, in_features)),
                      'bias': np.zeros(out_features)}
        self.cache = None

    def forward(self, x):
        self.cache = {'x': x}
        return np.matmul(x, np.transpose(self.params['weight'])) + self.params['bias'][None, :]

    def backward(self, dout):
        x = self.cache['x']
        self.grads['weight'][...] = np.matmul(np.transpose(dout), x)
        self.grads['bias'][...] = np.add.reduce(dout, axis=0)
        return np.matmul(dout, self.params['weight'])

    def clear_cache(self):
        self.cache = None


class ELUModule(object):
    def __init__(self, alpha):
        self.alpha = alpha
        self.cache = None

    def forward(self, x):
        positive = x > 0
        out = np.empty_like(x)
        out[positive] = x[positive]
        out[~positive] = self.alpha * np.expm1(x[~positive])
        self.cache = (positive, out)
        return out

    def backward(self, dout):
        positive, out = self.cache
        return dout * (positive + ~positive * (out + self.alpha))

    def clear_cache(self):
        self.cache = None


class SoftMaxModule(object):
    def forward(self, x):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        self.out = e / np.sum(e, axis=-1, keepdims=True)
        return self.out

    def backward(self, dout):
        ones = np.ones((self.out.shape[1], self.out.shape[1]))
        return self.out * (dout - (dout * self.out) @ ones)

    def clear_cache(self):
        self.out = None


class CrossEntropyModule(object):
    def forward(self, x, y):
        S = x.shape[0]
        return - np.sum(np.log(x[range(S), y])) / S

    def backward(self, x, y):
        T = np.eye(x.shape[1])[y]
        return -(T / x) / len(y)
