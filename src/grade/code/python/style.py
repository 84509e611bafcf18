# The styles of hand-ins: where they keep parameters and gradients, what their methods are called and
# take, what they give back.


class Functions:
    """A pair of functions as a module: `forward(x, w, b)` gives the output and a cache, and
    `backward(dout, cache)` the gradients."""

    def __init__(self, forward, backward, *sizes):
        self.calls = forward, backward
        self.params, self.grads, self.cache = {}, {}, None
        if len(sizes) == 2:
            inputs, outputs = sizes
            zeros = numpy.zeros
            try:
                forward(zeros((2, inputs)), zeros((inputs, outputs)), zeros(outputs))
                shape = (inputs, outputs)
            except Exception:
                shape = (outputs, inputs)
            self.params = {"weight": zeros(shape), "bias": zeros(outputs)}

    def forward(self, *inputs):
        output = self.calls[0](*inputs, *self.params.values())
        self.cache = None
        if isinstance(output, tuple):
            output, *cache = output
            self.cache = cache[0] if len(cache) == 1 else tuple(cache)
        return output

    def backward(self, *inputs):
        takes_cache = self.cache is not None and len(inputs) == 1
        output = self.calls[1](*inputs, self.cache) if takes_cache else self.calls[1](*inputs)
        if isinstance(output, tuple):
            output, *grads = output
            self.grads = dict(zip(self.params, grads))
        return output


def gradient_names(name):
    name = name.lower()
    return ["d" + name, "d_" + name, "grad" + name, "grad_" + name, name + "grad",
            name + "_grad", name + "_gradient", "dl_d" + name, "dld" + name, "g" + name,
            "delta_" + name, "nabla_" + name, "d" + name[:1], "grad_" + name[:1]]


def dictionary(module, *names):
    for name in names:
        value = getattr(module, name, None)
        if hasattr(value, "items"):
            return value
    return None


def params_of(module):
    """The dictionary `params`; without one, the attributes that are arrays and no gradients."""
    found = dictionary(module, "params", "parameters", "param")
    if found is not None:
        return found
    own = getattr(module, "__dict__", {})
    found = own.get("_parameters")
    if tensor_type() is not None and hasattr(found, "items") and found:
        return found
    arrays = {name: value for name, value in own.items() if is_array(value)}
    gradients = {other for name in arrays for other in gradient_names(name)[:-2]}
    return {name: value for name, value in arrays.items() if name.lower() not in gradients}


def grads_of(module):
    """The gradients by the parameters' names: of the dictionary `grads`, or of attributes."""
    found = dictionary(module, "grads", "gradients", "grad", "params_grad", "grad_params")
    params = params_of(module)
    known = dict(found) if found is not None else dict(getattr(module, "__dict__", {}))
    lower = {str(name).lower(): value for name, value in known.items()}
    grads = dict(found) if found is not None else {}
    for name in params:
        if name in grads:
            continue
        for other in gradient_names(str(name)):
            if other in lower:
                grads[name] = lower[other]
                break
    return grads


def put(module, values):
    """Gives parameters their values, in place where that is possible: others may hold them."""
    for name, value in values.items():
        value = read(value)
        params = params_of(module)
        old = params.get(name)
        if is_tensor(old) and tuple(old.shape) == value.shape:
            old.data.copy_(like(old, value))
            continue
        if isinstance(old, numpy.ndarray) and old.shape == value.shape and old.dtype == value.dtype:
            old[...] = value
            continue
        value = like(old, value)
        if params is getattr(module, "_parameters", None):
            value = sys.modules["torch"].nn.Parameter(value)
        params[name] = value
        for attribute, held in list(getattr(module, "__dict__", {}).items()):
            if held is old and old is not None:
                setattr(module, attribute, value)


TARGETS = {"y_true", "ytrue", "true", "target", "targets", "label", "labels", "t", "truth", "y"}
GUESSES = {"y_hat", "yhat", "y_pred", "ypred", "pred", "preds", "prediction", "predictions", "p",
           "probs", "out", "output", "input", "x", "a"}


def positional(function):
    """The parameters that may be given by place; nothing where any number may be."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind == p.VAR_POSITIONAL for p in found):
        return None
    return [p for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def fit(function, inputs, op, cache):
    """The arguments as the function wants them: a loss may remember its own, or take the targets
    first; its `backward` may take the gradient of the loss by itself, or what `forward` returned
    beside its output."""
    found = positional(function)
    if found is None:
        return inputs
    needed = sum(1 for p in found if p.default is p.empty)
    names = [p.name.lower() for p in found]
    if len(inputs) == 1:
        return inputs + [cache] if needed == 2 and cache is not None else inputs
    if len(names) >= 2:
        if op == "backward" and cache is not None and "cache" in names[1]:
            return [1.0, cache]
        swapped = names[0] in TARGETS and names[1] in GUESSES
        return [inputs[1], inputs[0]] + inputs[2:] if swapped else inputs
    if op != "backward":
        return inputs
    if names and cache is not None and "cache" in names[0]:
        return [cache]
    return [] if not names else [inputs[1] if names[0] in TARGETS else 1.0]


def method(module, op):
    for name in (op, "__call__") if op == "forward" else (op,):
        if hasattr(module, name):
            return getattr(module, name)
    return getattr(module, op)


def apart(held, output):
    """The gradient by the input of what `backward` gave back; the gradients by parameters that came
    with it are kept, where they are kept nowhere else."""
    if isinstance(output, dict):
        output = tuple(output.values())
    if not isinstance(output, (tuple, list)) or not output or not all(map(is_array, output)):
        return output
    wanted = numpy.shape(held.inputs[0]) if held.inputs else None
    rest = list(output)
    first = next((k for k, value in enumerate(rest) if tuple(value.shape) == wanted), 0)
    taken = rest.pop(first)
    for name, value in params_of(held.made).items():
        size = lambda array: [n for n in tuple(array.shape) if n != 1]
        fitting = [k for k, other in enumerate(rest) if is_array(value) and size(other) == size(value)]
        if rest:
            held.grads[name] = rest.pop(fitting[0] if fitting else 0)
    return taken


