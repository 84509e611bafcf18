# The sum runs over everything.
# expect: LinearModule bias-gradient: wrong axis
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
        self.grads["weight"] = dout.T @ self.x
        self.grads["bias"] = np.sum(dout)
        return dout @ self.params["weight"]
