# expect: LinearModule precision
from right import *


class LinearModule(LinearModule):
    def forward(self, x):
        return super().forward(x).astype(np.float32)
