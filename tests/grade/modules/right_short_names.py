from right import ReLUModule as _R, SigmoidModule, TanhModule, LeakyReLUModule
import numpy as np


class Layer:
    def __call__(self, *args):
        return self.forward(*args)

    def parameters(self):
        return []


class Linear(Layer):
    def __init__(self, n_in: int, n_out: int, bias: bool = True) -> None:
        super().__init__()
        k = 1. / np.sqrt(n_in)
        self.weight = np.random.uniform(-k, k, (n_out, n_in))
        self.bias = np.random.uniform(-k, k, n_out) if bias else None
        self.weight_grad = np.zeros_like(self.weight)
        self.bias_grad = np.zeros_like(self.bias)

    def forward(self, x: np.ndarray) -> np.ndarray:
        self._x = x
        return x @ self.weight.T + self.bias

    def backward(self, grad_output: np.ndarray) -> np.ndarray:
        self.weight_grad = grad_output.T @ self._x
        self.bias_grad = grad_output.sum(0)
        return grad_output @ self.weight

    def parameters(self):
        return [self.weight, self.bias]


class ReLU(Layer):
    def forward(self, x):
        self.mask = (x > 0).astype(x.dtype)
        return x * self.mask

    def backward(self, g):
        return g * self.mask


class ELU(Layer):
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.maximum(x, 0) + self.alpha * (np.exp(np.minimum(x, 0)) - 1)

    def backward(self, g):
        return np.where(self.x > 0, g, g * self.alpha * np.exp(np.minimum(self.x, 0)))


class Softmax(Layer):
    def forward(self, x):
        x = x - x.max(1, keepdims=True)
        self.y = np.exp(x) / np.exp(x).sum(1, keepdims=True)
        return self.y

    def backward(self, g):
        dx = np.zeros_like(g)
        for i in range(len(g)):
            y = self.y[i].reshape(-1, 1)
            J = np.diagflat(y) - y @ y.T
            dx[i] = J @ g[i]
        return dx


class CrossEntropyLoss(Layer):
    def forward(self, probs, labels):
        n = probs.shape[0]
        return -np.log(probs[np.arange(n), labels]).sum() / n

    def backward(self, probs, labels):
        n = probs.shape[0]
        grad = np.zeros(probs.shape)
        grad[np.arange(n), labels] = -1.0 / probs[np.arange(n), labels]
        return grad / n
