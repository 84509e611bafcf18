# expect: ReLUModule input-gradient: cases swapped
from right import *


class ReLUModule(ReLUModule):
    def backward(self, dout):
        return dout * (self.x < 0)
