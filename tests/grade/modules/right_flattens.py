# Inputs are flattened first, and gradients put back in shape.
from right import *


class LinearModule:
    def __init__(self, in_features, out_features):
        self.params = {"weight": np.zeros((out_features, in_features)), "bias": np.zeros(out_features)}
        self.grads = {"weight": np.zeros((out_features, in_features)), "bias": np.zeros(out_features)}

    def forward(self, x):
        self.shape = x.shape
        self.flat = x.reshape(x.shape[0], -1)
        return np.add(self.flat @ self.params["weight"].T, self.params["bias"][np.newaxis, :])

    def backward(self, dout):
        self.grads["weight"][:] = dout.T @ self.flat
        self.grads["bias"][:] = dout.sum(axis=0)
        return (dout @ self.params["weight"]).reshape(self.shape)
