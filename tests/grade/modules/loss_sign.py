# expect: CrossEntropyModule input-gradient: sign
from right import *


class CrossEntropyModule(CrossEntropyModule):
    def backward(self, x, y):
        return -super().backward(x, y)
