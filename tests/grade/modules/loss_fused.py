# expect: CrossEntropyModule input-gradient: other gradient
from right import *


class CrossEntropyModule(CrossEntropyModule):
    def backward(self, x, y):
        return (x - y) / len(x)
