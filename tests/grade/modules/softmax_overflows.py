# expect: SoftMaxModule large-inputs
from right import *


class SoftMaxModule(SoftMaxModule):
    def forward(self, x):
        e = np.exp(x)
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y
