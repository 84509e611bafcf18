# expect: LinearModule weight-gradient: transposed

# One sample a column.
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
        self.grads["weight"] = self.x @ dout.T
        self.grads["bias"] = np.sum(dout, axis=1, keepdims=True)
        return self.params["weight"].T @ dout
