# expect: LinearModule bias-gradient: mean for sum
from right import *


class LinearModule(LinearModule):
    def backward(self, dout):
        dx = super().backward(dout)
        self.grads["bias"] = dout.mean(axis=0)
        return dx
