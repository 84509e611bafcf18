# The square is missing.
# expect: TanhModule input-gradient: wrong power
from right import *

class TanhModule:
    def forward(self, x):
        self.x = x
        self.y = np.tanh(x)
        return self.y

    def backward(self, dout):
        return dout * (1 - self.y)
