# The dictionaries are properties.
from right import *


class LinearModule:
    def __init__(self, n, m):
        self._w = np.random.randn(m, n)
        self._b = np.random.randn(m)
        self._gw = self._gb = None

    @property
    def params(self):
        return {"weight": self._w, "bias": self._b}

    @property
    def grads(self):
        return {"weight": self._gw, "bias": self._gb}

    def forward(self, x):
        self._x = x
        return x @ self._w.T + self._b

    def backward(self, dout):
        self._gw, self._gb = dout.T @ self._x, dout.sum(0)
        return dout @ self._w
