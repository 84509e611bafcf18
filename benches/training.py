"""Images per second of NumPy and PyTorch for the step that benches/training.rs measures.

3072-128-10, ReLU, softmax and cross-entropy, SGD, batches of 128 in random order, f32, on the CPU.
Usage: training.py THREADS (the thread variables of BLAS must be set to the same number).
"""

import sys
import time

import numpy as np

THREADS = int(sys.argv[1])
IMAGES, BATCH, RATE = 8192, 128, 0.01
rng = np.random.default_rng(1)
x = rng.standard_normal((IMAGES, 3072), dtype=np.float32)
y = rng.integers(0, 10, IMAGES)
order = rng.permutation(IMAGES)


def best(epoch, epochs=15):
    times = []
    for _ in range(epochs):
        start = time.perf_counter()
        epoch()
        times.append(time.perf_counter() - start)
    return IMAGES / min(times)


def numpy_epoch():
    for start in range(0, IMAGES, BATCH):
        rows = order[start:start + BATCH]
        xb, yb = x[rows], y[rows]
        h = xb @ w1
        h += b1
        np.maximum(h, 0, out=h)
        logits = h @ w2
        logits += b2
        logits -= logits.max(1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(1, keepdims=True)
        logits[np.arange(BATCH), yb] -= 1
        logits /= BATCH
        dh = logits @ w2.T
        dh *= h > 0
        w2[...] -= RATE * (h.T @ logits)
        b2[...] -= RATE * logits.sum(0)
        w1[...] -= RATE * (xb.T @ dh)
        b1[...] -= RATE * dh.sum(0)


w1 = (rng.standard_normal((3072, 128)) * 0.02).astype(np.float32)
w2 = (rng.standard_normal((128, 10)) * 0.1).astype(np.float32)
b1, b2 = np.zeros(128, np.float32), np.zeros(10, np.float32)
print(f"numpy {np.__version__} f32 {THREADS} thread(s): {best(numpy_epoch):.0f} images/s")

import torch

torch.set_num_threads(THREADS)
model = torch.nn.Sequential(torch.nn.Linear(3072, 128), torch.nn.ReLU(), torch.nn.Linear(128, 10))
optimiser = torch.optim.SGD(model.parameters(), lr=RATE, fused=True)
tx, ty, torder = torch.from_numpy(x), torch.from_numpy(y), torch.from_numpy(order)


def torch_epoch():
    for start in range(0, IMAGES, BATCH):
        rows = torder[start:start + BATCH]
        loss = torch.nn.functional.cross_entropy(model(tx[rows]), ty[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


print(f"torch {torch.__version__} f32 {THREADS} thread(s): {best(torch_epoch):.0f} images/s")
