# Questions and answers.

LARGEST = 1_000_000
objects = {}


class Held:
    """An object of the hand-in's, and what its last calls left."""

    def __init__(self, made):
        self.made = made
        self.tensors = None  # not known before a call has worked
        self.inputs, self.cache, self.grads = [], None, {}

    def call(self, op, arrays):
        """Calls a method with arrays or tensors, whichever it computes with."""
        likely = guess_tensors(self.made) if self.tensors is None else self.tensors
        kinds = [likely] if self.tensors is not None or tensor_type() is None else [likely, not likely]
        failure = None
        for kind in kinds:
            inputs = as_tensors(self.made, arrays) if kind else [array.copy() for array in arrays]
            inputs = [value[()] if getattr(value, "ndim", 1) == 0 else value for value in inputs]
            try:
                output = self.called(op, inputs)
            except (TypeError, AttributeError, RuntimeError) as error:
                failure = failure or error
                continue
            self.tensors = kind
            return output, inputs
        raise failure

    def called(self, op, inputs):
        if op == "backward" and not hasattr(self.made, op) and self.cache is not None:
            return self.cache  # the loss's gradient came with the loss
        function = method(self.made, op)
        output = function(*fit(function, inputs, op, self.cache))
        if op == "backward":
            self.grads = {}
            return apart(self, output)
        self.cache, self.inputs = None, inputs
        if isinstance(output, tuple) and output and (is_array(output[0]) or numpy.isscalar(output[0])):
            output, *rest = output
            self.cache = rest[0] if len(rest) == 1 else tuple(rest)
        return output

    def gradients(self):
        return {**self.grads, **{name: value for name, value in grads_of(self.made).items()
                                 if value is not None or name not in self.grads}}


def number(value):
    value = float(value)
    return value if math.isfinite(value) else repr(value)


def show(value):
    """An array as shape, dtype and entries row by row; anything else as the name of its type."""
    try:
        if hasattr(value, "detach"):
            value = value.detach()
        array = numpy.asarray(value)
        if array.dtype.kind not in "fiub":
            return {"type": type(value).__name__}
        if array.size > LARGEST:
            return {"type": "an array of shape %r" % (array.shape,)}
        return {
            "shape": list(array.shape),
            "dtype": array.dtype.name,
            "data": [number(entry) for entry in array.ravel().tolist()],
        }
    except Exception:
        return {"type": type(value).__name__}


def show_all(mapping):
    return {str(name): show(value) for name, value in mapping.items()}


def read(value):
    return numpy.array(value["data"], dtype=value["dtype"]).reshape(value["shape"])


def handle(request):
    op = request["op"]
    if op == "hello":
        module = load(request["file"])
        names = [name for name, item in vars(module).items() if isinstance(item, type)]
        return {"language": "Python " + sys.version.split()[0], "numpy": numpy.__version__,
                "modules": sorted(names)}
    if op == "new":
        module, wanted = load(request["file"]), request["module"]
        if "/" in wanted:
            pair = [getattr(module, name) for name in wanted.split("/")]
            made, called = Functions(*pair, *request["args"]), None
        else:
            kind, called = find_class(module, wanted)
            made = kind(*request["args"])
        objects[request["name"]] = Held(made)
        remarks = getattr(module, "remarks", [])
        return {"params": show_all(params_of(made)), "called": called,
                "remarks": remarks if isinstance(remarks, list) else []}
    held = objects[request["name"]]
    if op == "set":
        put(held.made, request["params"])
        return {"params": show_all(params_of(held.made))}
    earlier = held.inputs
    output, inputs = held.call(op, [read(value) for value in request["inputs"]])
    return {
        "output": show(output),
        "inputs": [show(value) for value in inputs],
        "earlier": [show(value) for value in earlier] if op == "backward" else [],
        "params": show_all(params_of(held.made)),
        "grads": show_all(held.gradients()),
    }


def place(error):
    """The deepest line of the hand-in that the error came through."""
    here = os.getcwd()
    found = None
    for frame in traceback.extract_tb(error.__traceback__):
        if os.path.dirname(os.path.abspath(frame.filename)) == here:
            found = {"file": os.path.basename(frame.filename), "line": frame.lineno,
                     "text": (frame.line or "")[:200]}
    if isinstance(error, SyntaxError) and error.filename:
        found = {"file": os.path.basename(error.filename), "line": error.lineno or 0,
                 "text": (error.text or "").strip()[:200]}
    return found


random.seed(0)
numpy.random.seed(0)
for line in requests:
    request = json.loads(line)
    try:
        answer = handle(request)
    except BaseException as error:
        answer = {"error": type(error).__name__, "message": str(error)[:500],
                  "place": place(error)}
        if request["op"] == "backward" and request.get("name") in objects:
            # What was set before the error counts.
            answer["grads"] = show_all(objects[request["name"]].gradients())
    answer["id"] = request["id"]
    answers.write(json.dumps(answer, allow_nan=False) + "\n")
    answers.flush()
