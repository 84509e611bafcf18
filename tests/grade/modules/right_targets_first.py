# The targets come first.
from right import *


class CrossEntropyModule:
    def forward(self, y_true, y_pred):
        return -np.sum(y_true * np.log(y_pred + 1e-10)) / y_true.shape[0]

    def backward(self, y_true, y_pred):
        return -y_true / (y_pred + 1e-10) / y_true.shape[0]
