# Parameters begin in single precision, and an attribute holds the same array.
from right import *


class LinearModule:
    def __init__(self, in_features, out_features):
        self.params = {
            "weight": np.random.randn(out_features, in_features).astype(np.float32),
            "bias": np.zeros(out_features, dtype=np.float32),
        }
        self.grads = {}
        self.W, self.b = self.params["weight"], self.params["bias"]

    def forward(self, x):
        self.x = x
        return x @ self.W.T + self.b

    def backward(self, dout):
        self.grads["weight"] = dout.T @ self.x
        self.grads["bias"] = dout.sum(axis=0)
        return dout @ self.W
