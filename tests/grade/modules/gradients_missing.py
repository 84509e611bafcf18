# expect: LinearModule weight-gradient
# expect: LinearModule bias-gradient
# expect: LinearModule shapes
# expect: LinearModule batch-of-one
# expect: LinearModule second-call
from right import *


class LinearModule(LinearModule):
    def __init__(self, in_features, out_features):
        super().__init__(in_features, out_features)
        self.grads = {}

    def backward(self, dout):
        return dout @ self.params["weight"]
