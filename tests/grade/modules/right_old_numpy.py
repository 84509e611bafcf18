# Names that NumPy has dropped since.
from right import *


class ReLUModule:
    def forward(self, x):
        self.mask = (x > 0).astype(np.int)
        return x * self.mask.astype(np.float)

    def backward(self, dout):
        return dout * self.mask


class CrossEntropyModule:
    def forward(self, x, y):
        assert x.dtype == np.float_ and np.Inf > 0
        return -np.sum(np.log(x[np.array(y, dtype=np.bool)])) / x.shape[0]

    def backward(self, x, y):
        return np.where(np.array(y, dtype=np.bool), -1 / np.maximum(x, 1e-300), 0) / x.shape[0]
