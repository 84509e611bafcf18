# The parameters are made by a function of their own, which the constructor calls.
from right import *
import numpy as np


class LinearModule(object):
    def __init__(self, in_features, out_features, weight_scale=1e-2):
        self.in_features, self.out_features = in_features, out_features
        self.weight_scale = weight_scale
        self.reset()

    def reset(self):
        rng = np.random.default_rng(0)
        self.params = dict(weight=rng.normal(scale=self.weight_scale,
                                             size=(self.in_features, self.out_features)),
                           bias=np.zeros(shape=(1, self.out_features)))
        self.grads = dict.fromkeys(self.params)

    def forward(self, x):
        x = x.reshape(x.shape[0], -1)
        self.__dict__['input'] = x
        return (x[:, :, None] * self.params['weight'][None]).sum(1) + self.params['bias']

    def backward(self, dout):
        x = self.input
        self.grads.update(weight=(x[:, :, None] * dout[:, None, :]).sum(0),
                          bias=dout.sum(axis=0).reshape(1, -1))
        return np.inner(dout, self.params['weight'])
