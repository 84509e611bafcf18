# expect: LinearModule weight-gradient: mean for sum
from right import *


class LinearModule(LinearModule):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads["weight"] = dout.T @ self.x / len(dout)
        return dx
