# The loss takes the gradient by itself, which is 1.
from right import *


class CrossEntropyModule:
    def forward(self, prediction, target):
        self.prediction, self.target = np.maximum(prediction, 1e-15), target
        return -(target * np.log(self.prediction)).sum() / len(target)

    def backward(self, dout=1.0):
        return dout * -self.target / self.prediction / self.target.shape[0]
