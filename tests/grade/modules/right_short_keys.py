# Short keys in both dictionaries.
from right import *


class LinearModule(object):
    def __init__(self, in_features, out_features):
        super(LinearModule, self).__init__()
        self.params = dict(W=np.random.randn(out_features, in_features), b=np.zeros(out_features))
        self.grads = dict(W=None, b=None)

    def forward(self, x):
        self.cache = (x, self.params["W"], self.params["b"])
        x, W, b = self.cache
        out = np.dot(x, W.T) + b
        return out

    def backward(self, dout):
        x, W, b = self.cache
        self.grads["W"] = np.dot(dout.T, x)
        self.grads["b"] = np.sum(dout, axis=0)
        dx = np.dot(dout, W)
        return dx
