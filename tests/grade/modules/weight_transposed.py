# expect: LinearModule weight-gradient: transposed
from right import *


class LinearModule(LinearModule):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads["weight"] = self.x.T @ dout
        return dx
