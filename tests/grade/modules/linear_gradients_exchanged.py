# The gradients are under each other's names.
# expect: LinearModule weight-gradient
# expect: LinearModule bias-gradient
from right import *


class LinearModule:
    def __init__(self, in_features, out_features):
        self.params = {
            "weight": np.random.normal(0, 0.1, (out_features, in_features)),
            "bias": np.zeros(out_features),
        }
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}

    def forward(self, x):
        self.x = x
        return x @ self.params["weight"].T + self.params["bias"]

    def backward(self, dout):
        self.grads["weight"] = dout.sum(axis=0)
        self.grads["bias"] = dout.T @ self.x
        return dout @ self.params["weight"]
