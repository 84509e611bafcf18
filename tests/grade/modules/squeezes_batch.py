# expect: LinearModule batch-of-one
from right import *


class LinearModule(LinearModule):
    def forward(self, x):
        self.x = np.squeeze(x)
        return np.squeeze(x) @ self.params["weight"].T + self.params["bias"]

    def backward(self, dout):
        if self.x.ndim == 1:
            raise ValueError("expected a matrix")
        return super().backward(dout)
