# expect: CrossEntropyModule forward: missing normalisation
# expect: CrossEntropyModule input-gradient: missing normalisation
from right import *


class CrossEntropyModule(CrossEntropyModule):
    def forward(self, x, y):
        return super().forward(x, y) * len(x)

    def backward(self, x, y):
        return super().backward(x, y) * len(x)
