# expect: ReLUModule input-gradient: missing factor
from right import *


class ReLUModule(ReLUModule):
    def backward(self, dout):
        return (self.x > 0).astype(float)
