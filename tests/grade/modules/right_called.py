# Objects are called; the base class sends that on.
from right import *


class Module:
    def __call__(self, *inputs):
        self.inputs = inputs
        return self.compute(*inputs)


class ReLUModule(Module):
    def compute(self, x):
        return x.clip(min=0)

    def backward(self, dout):
        (x,) = self.inputs
        return np.where(x > 0, dout, 0)


class TanhModule(Module):
    def compute(self, x):
        self.y = 1 - 2 / (1 + np.exp(np.minimum(2 * x, 700)))
        return self.y

    def backward(self, dout):
        return (1 - self.y) * (1 + self.y) * dout
