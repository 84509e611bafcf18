# A base class with abstract methods, keyword arguments, caches to clear.
from right import *


from abc import ABC, abstractmethod
from typing import Dict, Optional


class Module(ABC):
    def __init__(self) -> None:
        self.params: Dict[str, np.ndarray] = {}
        self.grads: Dict[str, np.ndarray] = {}
        self._cache: Optional[tuple] = None

    @abstractmethod
    def forward(self, x: np.ndarray) -> np.ndarray: ...

    @abstractmethod
    def backward(self, dout: np.ndarray) -> np.ndarray: ...

    def clear_cache(self) -> None:
        self._cache = None


class LinearModule(Module):
    def __init__(self, in_features: int, out_features: int, input_layer: bool = False, *, seed: int = 0) -> None:
        super().__init__()
        std = np.sqrt((1 if input_layer else 2) / in_features)
        generator = np.random.default_rng(seed)
        self.params["weight"] = generator.normal(0, std, size=(out_features, in_features))
        self.params["bias"] = np.zeros((1, out_features))
        for name in self.params:
            self.grads[name] = np.zeros_like(self.params[name])

    def forward(self, x):
        self._cache = (x,)
        return np.matmul(x, np.transpose(self.params["weight"])) + self.params["bias"]

    def backward(self, dout):
        (x,) = self._cache
        self.grads["weight"] = np.matmul(np.transpose(dout), x)
        self.grads["bias"] = np.ones((1, dout.shape[0])) @ dout
        return np.matmul(dout, self.params["weight"])
