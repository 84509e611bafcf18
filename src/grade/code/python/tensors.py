# Hand-ins that compute with PyTorch's tensors get tensors, of the type of their own parameters.


def tensor_type():
    """PyTorch's tensors, where the hand-in has loaded it."""
    found = getattr(sys.modules.get("torch"), "Tensor", None)
    return found if isinstance(found, type) else None


def is_tensor(value):
    kind = tensor_type()
    return kind is not None and isinstance(value, kind)


def is_array(value):
    return isinstance(value, numpy.ndarray) or is_tensor(value)


def like(old, value):
    """An array in the kind and type of another one."""
    if not is_tensor(old):
        return value
    return sys.modules["torch"].as_tensor(value, dtype=old.dtype)


def names_tensors(function):
    """Whether a method names PyTorch or something of it."""
    code = getattr(function, "__code__", None)
    where = getattr(function, "__globals__", {})
    for name in getattr(code, "co_names", ()):
        item = where.get(name)
        home = item.__name__ if isinstance(item, types.ModuleType) else getattr(item, "__module__", "")
        if isinstance(home, str) and home.split(".")[0] == "torch":
            return True
    return False


def guess_tensors(made):
    """Whether an object computes with tensors, as far as can be seen before it is called."""
    if tensor_type() is None:
        return False
    if any(is_tensor(value) for value in params_of(made).values()):
        return True
    return any(names_tensors(item) for kind in type(made).__mro__ for item in vars(kind).values())


def as_tensors(made, inputs):
    torch = sys.modules["torch"]
    own = [value.dtype for value in params_of(made).values()
           if is_tensor(value) and value.dtype.is_floating_point]
    kind = own[0] if own else torch.get_default_dtype()
    convert = lambda value: torch.as_tensor(value, dtype=kind if value.dtype.kind == "f" else None)
    return [convert(value.copy()) for value in inputs]


