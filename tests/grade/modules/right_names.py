# Other names for the classes.
import right
import numpy as np


class LinearLayer(right.LinearModule):
    pass


class Relu(right.ReLUModule):
    pass


class ELU(right.ELUModule):
    pass


class SoftmaxModule(right.SoftMaxModule):
    pass


class CrossEntropyLoss(right.CrossEntropyModule):
    pass


class Sigmoid_Module(right.SigmoidModule):
    pass


class TanH(right.TanhModule):
    pass


class LeakyReluModule(right.LeakyReLUModule):
    pass
