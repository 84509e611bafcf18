# expect: ELUModule large-inputs
from right import *


class ELUModule(ELUModule):
    def backward(self, dout):
        positive = (self.x > 0).astype(float)
        return dout * (positive + (1 - positive) * self.alpha * np.exp(self.x))
