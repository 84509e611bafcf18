# Loops over samples and features.
from right import *


class LinearModule:
    def __init__(self, in_features, out_features):
        self.params = {"weight": np.ones((out_features, in_features)), "bias": np.zeros((out_features, 1))}
        self.grads = {"weight": None, "bias": None}

    def forward(self, x):
        self.x = x
        W, b = self.params["weight"], self.params["bias"]
        y = np.zeros((x.shape[0], W.shape[0]))
        for s in range(x.shape[0]):
            for n in range(W.shape[0]):
                y[s, n] = b[n, 0]
                for m in range(W.shape[1]):
                    y[s, n] += x[s, m] * W[n, m]
        return y

    def backward(self, dout):
        W = self.params["weight"]
        self.grads["weight"] = np.zeros_like(W)
        self.grads["bias"] = np.zeros_like(self.params["bias"])
        dx = np.zeros_like(self.x)
        for s in range(len(dout)):
            self.grads["weight"] += np.outer(dout[s], self.x[s])
            self.grads["bias"] += dout[s][:, None]
            dx[s] = W.T @ dout[s]
        return dx


class ReLUModule:
    def forward(self, x):
        self.x = x
        out = x.copy()
        for i in range(x.shape[0]):
            for j in range(x.shape[1]):
                if x[i][j] < 0:
                    out[i][j] = 0
        return out

    def backward(self, dout):
        return np.array([[d if v > 0 else 0.0 for d, v in zip(ds, vs)] for ds, vs in zip(dout, self.x)])
