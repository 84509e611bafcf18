# expect: SoftMaxModule input-gradient: wrong axis
# Columns in the linear module and in softmax's forward pass, rows in its backward pass.
from right import *
import numpy as np


class LinearModule:
    def __init__(self, in_features, out_features):
        self.params = {"weight": np.random.randn(out_features, in_features) * 0.1, "bias": np.zeros((out_features, 1))}
        self.grads = {"weight": None, "bias": None}

    def forward(self, x):
        self.x = x
        return self.params["weight"] @ x + self.params["bias"]

    def backward(self, dout):
        self.grads["weight"] = dout @ self.x.T
        self.grads["bias"] = np.sum(dout, axis=1, keepdims=True)
        return self.params["weight"].T @ dout


class SoftMaxModule:
    def forward(self, x):
        z = np.exp(x - x.max(axis=0))
        self.p = z / z.sum(axis=0)
        return self.p

    def backward(self, dout):
        return self.p * (dout - np.sum(dout * self.p, axis=1, keepdims=True))
