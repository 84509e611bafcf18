"""Repeats in PyTorch the trainings that examples/export_training.rs wrote, and compares the losses.

Same data, order, initial weights and hyper-parameters, f64. Usage: agreement.py FOLDER
Exit status 1 where a loss differs by more than 1e-4.
"""

import glob
import os
import sys
import tomllib

import numpy as np
import torch

ACTIVATIONS = {"relu": torch.nn.ReLU, "elu": torch.nn.ELU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}
folder = sys.argv[1]
worst = 0.0
print(f"PyTorch {torch.__version__}, f64; largest difference of the loss over the first steps")
for path in sorted(glob.glob(os.path.join(folder, "*.toml"))):
    name = os.path.basename(path)[:-5]
    with open(path, "rb") as file:
        config = tomllib.load(file)
    run = np.load(os.path.join(folder, name + ".npz"))
    weights = np.load(os.path.join(folder, name + ".weights.npz"))
    x, y = torch.from_numpy(run["X"]), torch.from_numpy(run["y"])
    modules, number = [], 0
    while f"layers.{number}.weight" in weights:
        if number:
            modules.append(ACTIVATIONS[config["activation"]]())
        weight = torch.from_numpy(weights[f"layers.{number}.weight"])
        layer = torch.nn.Linear(weight.shape[1], weight.shape[0], dtype=torch.float64)
        layer.weight.data.copy_(weight)
        layer.bias.data.copy_(torch.from_numpy(weights[f"layers.{number}.bias"]))
        modules.append(layer)
        number += 1
    model = torch.nn.Sequential(*modules)
    decay = config["weight-decay"]
    if config["method"] == "adam":
        betas = (config["beta1"], config["beta2"])
        optimiser = torch.optim.Adam(model.parameters(), betas=betas, eps=config["epsilon"], weight_decay=decay)
    else:
        optimiser = torch.optim.SGD(model.parameters(), lr=1.0, momentum=config["momentum"],
                                    nesterov=config["nesterov"], weight_decay=decay)
    # An epoch's last batch may be smaller.
    batches = []
    for epoch in range(0, len(y), int(run["epoch"][0])):
        end = epoch + int(run["epoch"][0])
        batches += [(start, min(start + config["batch"], end)) for start in range(epoch, end, config["batch"])]
    largest = 0.0
    for (start, end), rate, expected in zip(batches, run["rates"], run["losses"]):
        for group in optimiser.param_groups:
            group["lr"] = float(rate)
        loss = torch.nn.functional.cross_entropy(model(x[start:end]), y[start:end])
        largest = max(largest, abs(loss.item() - expected))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    first, last = run["losses"][0], run["losses"][-1]
    print(f"{name:14} {len(run['losses'])} steps, loss {first:.4f} -> {last:.4f}: {largest:.1e}")
    worst = max(worst, largest)
sys.exit(int(worst > 1e-4))
