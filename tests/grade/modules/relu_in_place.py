# expect: ReLUModule no-mutation
from right import *


class ReLUModule(ReLUModule):
    def forward(self, x):
        self.x = x.copy()
        x[x < 0] = 0
        return x
