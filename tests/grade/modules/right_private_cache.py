from __future__ import annotations
from right import *
from dataclasses import dataclass, field
from typing import Optional
import numpy as np
from numpy import ndarray


@dataclass
class ReLUModule:
    _cache: Optional[ndarray] = field(default=None, repr=False)

    def forward(self, x: ndarray) -> ndarray:
        assert isinstance(x, ndarray) and x.ndim == 2, "x must be a 2-d array"
        self._cache = np.heaviside(x, 0.0)
        return np.clip(x, 0, None)

    def backward(self, dout: ndarray) -> ndarray:
        assert self._cache is not None, "call forward first"
        assert dout.shape == self._cache.shape
        return np.multiply(self._cache, dout)


@dataclass
class ELUModule:
    alpha: float = 1.0

    def forward(self, x):
        self.x = x
        with np.errstate(over='ignore'):
            return np.select([x > 0, x <= 0], [x, self.alpha * (np.exp(x) - 1)])

    def backward(self, dout):
        slope = np.ones_like(self.x)
        neg = self.x <= 0
        slope[neg] = self.alpha * np.exp(self.x[neg])
        return slope * dout


class CrossEntropyModule:
    eps = 1e-12

    def forward(self, x, y):
        if y.ndim == 1:
            y = np.eye(x.shape[1])[y.astype(int)]
        p = np.clip(x, self.eps, 1 - self.eps)
        return float(-(y * np.log(p)).sum(axis=1).mean())

    def backward(self, x, y):
        if y.ndim == 1:
            y = np.eye(x.shape[1])[y.astype(int)]
        p = np.clip(x, self.eps, 1 - self.eps)
        return np.where(y > 0, -y / p, 0) / y.shape[0]
