# expect: LinearModule input-gradient
# expect: LinearModule weight-gradient
# expect: LinearModule bias-gradient
# expect: LinearModule shapes
# expect: LinearModule precision
# expect: LinearModule batch-of-one
# expect: LinearModule second-call
# expect: LinearModule no-mutation
from right import *


class LinearModule(LinearModule):
    def backward(self, dout):
        self.grads["weight"] = self.x.T @ dout.T
        return dout @ self.params["weight"]
