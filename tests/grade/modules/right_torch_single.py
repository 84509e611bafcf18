# needs: torch
# torch's own default precision.
from right import *
import torch


class LinearModule(object):
    def __init__(self, in_features, out_features):
        self.W = torch.randn(in_features, out_features) * 0.01
        self.b = torch.zeros(out_features)

    def forward(self, x):
        self.x = torch.as_tensor(x, dtype=torch.float32)
        return torch.mm(self.x, self.W) + self.b

    def backward(self, dout):
        dout = torch.as_tensor(dout, dtype=torch.float32)
        self.dW = self.x.t().mm(dout)
        self.db = dout.sum(0)
        return dout.mm(self.W.t())
