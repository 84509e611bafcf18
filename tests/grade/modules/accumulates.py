# expect: LinearModule second-call: accumulated
from right import *


class LinearModule(LinearModule):
    def backward(self, dout):
        self.grads["weight"] += dout.T @ self.x
        self.grads["bias"] += dout.sum(axis=0)
        return dout @ self.params["weight"]
