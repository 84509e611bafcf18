# The largest of the whole batch is taken away.
# expect: SoftMaxModule large-inputs
from right import *

class SoftMaxModule:
    def forward(self, x):
        self.x = x
        e = np.exp(x - x.max())
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y

    def backward(self, dout):
        return self.y * (dout - (dout * self.y).sum(axis=1, keepdims=True))
