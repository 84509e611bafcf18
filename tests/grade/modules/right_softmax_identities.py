from right import *
import numpy as np


class SoftMaxModule:
    def forward(self, x):
        shifted = x - np.amax(x, axis=1).reshape(-1, 1)
        self.log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return np.exp(self.log_p)

    def backward(self, dout):
        s = np.exp(self.log_p)
        # (diag(s) - s s^T) dout, without building the matrices
        return s * dout - s * np.einsum('nc,nc->n', s, dout)[:, np.newaxis]


class CrossEntropyModule:
    def forward(self, x, y):
        losses = []
        for probs, target in zip(x, y):
            losses.append(-np.log(probs[np.argmax(target)]))
        return sum(losses) / len(losses)

    def backward(self, x, y):
        grad = []
        for probs, target in zip(x, y):
            g = [0.0] * len(probs)
            k = int(np.argmax(target))
            g[k] = -1 / probs[k] / len(x)
            grad.append(g)
        return np.array(grad)
