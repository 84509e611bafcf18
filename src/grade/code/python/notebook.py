# The hand-in's file: a module, or a notebook's code cells. Of a notebook only imports, functions and
# classes are run, and the assignments of names that these use: no training, no plots.

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
MAGIC = ("%", "!", "?")


def plain_code(source):
    """A cell without what only a notebook understands; nothing where it is no Python at all."""
    lines = source.split("\n")
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%"):
        if first[2:].split(" ")[0] not in ("time", "timeit", "capture", "prun"):
            return ""
        lines[lines.index(next(line for line in lines if line.strip()))] = ""
    for number, line in enumerate(lines):
        bare = line.strip()
        if bare.startswith(MAGIC) or bare.endswith("?"):
            # A line with the same indentation: a block may consist of it alone.
            lines[number] = line[: len(line) - len(line.lstrip())] + "pass"
    return "\n".join(lines)


def parsed(source, name, remarks):
    """A cell's statements. Where the magics' marks were code after all, the cell as it was."""
    for text in (plain_code(source), source):
        try:
            return text, ast.parse(text, name).body
        except SyntaxError as error:
            failure = error
    remarks.append("%s is left out: %s (line %s of the cell)"
                   % (name, failure.msg, failure.lineno))
    return "", []


def assigned(statement):
    """The names that an assignment gives a value to."""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        targets = [statement.target]
    else:
        return set()
    return {node.id for target in targets for node in ast.walk(target)
            if isinstance(node, ast.Name)}


def used(statement):
    return {node.id for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def definitions(statements):
    """The imports and definitions among the statements, and the assignments that these need."""
    kept = {k for k, s in enumerate(statements) if isinstance(s, FUNCTIONS + IMPORTS)}
    classes = {s.name for s in statements if isinstance(s, ast.ClassDef)}
    for k, s in enumerate(statements):  # Linear.backward = backward; ReLU = ReLUModule
        value = getattr(s, "value", None)
        if isinstance(s, ast.Assign) and isinstance(value, ast.Name):
            targets = [t for t in s.targets if isinstance(t, ast.Attribute)]
            if value.id in classes or any(getattr(t.value, "id", None) in classes for t in targets):
                kept.add(k)
    while True:
        needed = set().union(*(used(statements[k]) for k in kept)) if kept else set()
        more = {k for k, s in enumerate(statements)
                if k not in kept and not isinstance(s, ast.AugAssign) and assigned(s) & needed}
        if not more:
            return sorted(kept)
        kept |= more


def read_notebook(file):
    """A module of a notebook's definitions."""
    with open(file + ".ipynb", encoding="utf-8") as opened:
        content = json.load(opened)
    cells = content.get("cells") or [c for w in content.get("worksheets", []) for c in w["cells"]]
    module = types.ModuleType(file)
    module.remarks = []
    statements, homes = [], []
    code = [cell for cell in cells if cell.get("cell_type") == "code"]
    for number, cell in enumerate(code, 1):
        source = cell.get("source", cell.get("input", ""))
        source = source if isinstance(source, str) else "".join(source)
        name = "%s.ipynb, code cell %d" % (file, number)
        text, found = parsed(source, name, module.remarks)
        linecache.cache[os.path.join(os.getcwd(), name)] = (
            len(text), None, text.splitlines(True), os.path.join(os.getcwd(), name))
        statements += found
        homes += [os.path.join(os.getcwd(), name)] * len(found)
    for k in definitions(statements):
        code = compile(ast.Module([statements[k]], []), homes[k], "exec")
        run = lambda: exec(code, module.__dict__)
        if isinstance(statements[k], FUNCTIONS + IMPORTS):
            without_absent(file, run)
            continue
        try:
            run()
        except Exception:  # a value that only the whole notebook could compute
            pass
    return module


loaded = {}


def import_file(file):
    """Imports it; as part of a package where it says `from .other import …`."""
    try:
        return importlib.import_module(file)
    except ImportError as error:
        if "no known parent package" not in str(error):
            raise
    package = types.ModuleType("hand_in_folder")
    package.__path__ = [os.getcwd()]
    sys.modules["hand_in_folder"] = package
    return importlib.import_module("hand_in_folder." + file)


def load(file):
    """The hand-in's file as a module."""
    if file not in loaded:
        path = os.path.join(os.getcwd(), file)
        if not os.path.exists(path + ".py") and os.path.exists(path + ".ipynb"):
            loaded[file] = read_notebook(file)
        elif file.isidentifier() or not os.path.exists(path + ".py"):
            loaded[file] = without_absent(file, lambda: import_file(file))
        else:  # `my-modules.py`, `modules (1).py`
            spec = importlib.util.spec_from_file_location("hand_in", path + ".py")
            module = importlib.util.module_from_spec(spec)
            without_absent(file, lambda: spec.loader.exec_module(module))
            loaded[file] = module
    return loaded[file]


def plain(name):
    name = name.replace("_", "").lower()
    for ending in ("module", "layer", "function", "activation", "loss"):
        if name.endswith(ending) and name != ending:
            name = name[: -len(ending)]
    return name


def find_class(module, wanted):
    """The class of that name, or the only one whose name differs in case and endings alone."""
    if hasattr(module, wanted):
        return getattr(module, wanted), None
    alike = [name for name, item in vars(module).items()
             if isinstance(item, type) and plain(name) == plain(wanted)]
    if len(alike) == 1:
        return getattr(module, alike[0]), alike[0]
    return getattr(module, wanted), None


