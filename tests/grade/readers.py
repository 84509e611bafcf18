"""Reads the program's outputs with the receiving tools' own readers.

    python3 -m venv readers
    readers/bin/pip install jsonschema junitparser nbgrader otter-grader
    gradproof grade assignment.md hand-ins --out results --roster class.csv --format all
    readers/bin/python tests/grade/readers.py results

Prints what each reader made of them; ends with status 1 when one refuses.
"""

import base64, csv, json, math, os, pathlib, sys, tempfile

# nbgrader starts programs of its own environment by their bare names.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
results = pathlib.Path(sys.argv[1])
feedback = results / "feedback"
here = pathlib.Path(__file__).resolve().parent.parent.parent
wrong = []


def check(holds, text):
    if not holds:
        wrong.append(text)


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


records = {path.stem: read(path) for path in sorted((results / "results").glob("*.json"))}
check(records, "there are no results")


def own_schema():
    import jsonschema

    schema = read(here / "docs/grading-result.schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for key, record in records.items():
        for error in validator.iter_errors(record):
            wrong.append(f"{key}: {error.json_path}: {error.message}")
    return f"{len(records)} records"


def junit():
    import junitparser

    cases = 0
    for path in sorted(feedback.glob("*.junit.xml")):
        report = junitparser.JUnitXml.fromfile(str(path))
        record = records[path.name.removesuffix(".junit.xml")]
        parsed = [case for suite in report for case in suite]
        items = [item for part in record["parts"] for item in part["items"]]
        check(len(parsed) == len(items), f"{path.name}: {len(parsed)} of {len(items)} cases")
        for case, item in zip(parsed, items):
            kinds = {"right": None, "open": junitparser.Skipped}
            kind = kinds.get(item["outcome"], junitparser.Failure)
            found = type(case.result[0]) if case.result else None
            check(found is kind, f"{path.name}: {case.name} is {found}, not {kind}")
        report.update_statistics()
        cases += report.tests
    return f"{cases} cases"


def nbgrader():
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    text = (results / "nbgrader.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        with Gradebook(f"sqlite:///{folder}/gradebook.db") as book:
            for row in rows:
                # Names with commas are quoted here, which nbgrader's own export does not do.
                names = {k: row[k].replace(",", ";") for k in ("first_name", "last_name", "email")}
                book.update_or_create_student(row["student_id"], **names)
                book.update_or_create_assignment(row["assignment"])
            exporter = CsvExportPlugin()
            exporter.to = str(folder / "grades.csv")
            exporter.export(book)
        theirs = list(csv.DictReader((folder / "grades.csv").read_text().splitlines()))
    check(list(rows[0]) == list(theirs[0]), f"nbgrader: {list(rows[0])}, not {list(theirs[0])}")
    check({r["student_id"] for r in rows} == {r["student_id"] for r in theirs}, "nbgrader: students")
    for row in rows:
        score = max(0.0, float(row["raw_score"]) - float(row["late_submission_penalty"]))
        check(math.isclose(float(row["score"]), score, abs_tol=1e-9), f"nbgrader: {row}")
    return f"{len(rows)} rows, the columns of nbgrader's own export"


def otter():
    import pandas
    from otter.grade.utils import merge_csv

    frame = pandas.read_csv(results / "otter.csv")
    merged = merge_csv([frame])
    check(list(merged["file"])[0] == "points-per-question", "otter: the first row")
    ends = ["total_points_earned", "percent_correct", "grading_status"]
    questions = [c for c in frame.columns if c not in ["file", *ends]]
    check(list(frame.columns) == ["file", *sorted(questions), *ends], f"otter: {list(frame.columns)}")
    check(all(frame[c].dtype.kind in "fi" for c in [*questions, *ends[:2]]), "otter: numbers")
    check(merged.equals(frame.reset_index(drop=True)), "otter: its merge changes the table")
    return f"{len(frame) - 1} hand-ins"


def gradescope():
    """No reader is public; this is the documented form, field by field."""
    formats = {"text", "html", "simple_format", "md", "ansi"}
    visibilities = {"hidden", "after_due_date", "after_published", "visible"}
    known = {"score", "execution_time", "output", "output_format", "test_output_format",
             "test_name_format", "visibility", "stdout_visibility", "extra_data", "tests", "leaderboard"}
    test_known = {"score", "max_score", "status", "name", "name_format", "number", "output",
                  "output_format", "tags", "visibility", "extra_data"}
    count = 0
    for path in sorted(feedback.glob("*.gradescope.json")):
        whole = read(path)
        check(set(whole) <= known, f"{path.name}: {set(whole) - known}")
        check(isinstance(whole["score"], (int, float)), f"{path.name}: the score")
        for name in ("output_format", "test_output_format", "test_name_format"):
            check(whole.get(name, "text") in formats, f"{path.name}: {name}")
        for name in ("visibility", "stdout_visibility"):
            check(whole.get(name, "visible") in visibilities, f"{path.name}: {name}")
        total = 0.0
        for test in whole["tests"]:
            count += 1
            total += test["score"]
            check(set(test) <= test_known, f"{path.name}: {set(test) - test_known}")
            check(test["status"] in ("passed", "failed"), f"{path.name}: {test['status']}")
            check(isinstance(test["number"], str), f"{path.name}: the number")
            check(isinstance(test["name"], str) and isinstance(test["output"], str), f"{path.name}: texts")
            check(all(isinstance(tag, str) for tag in test.get("tags", [])), f"{path.name}: tags")
        check(math.isclose(total, whole["score"], abs_tol=1e-6), f"{path.name}: {total}")
    return f"{count} tests, checked against the documented form"


def classroom():
    count = 0
    for path in sorted(feedback.glob("*.classroom.json")):
        # What the reporter does: decode, add up.
        whole = json.loads(base64.b64decode(base64.b64encode(path.read_bytes())))
        check(whole["version"] == 1 and whole["status"] in ("pass", "fail", "error"), path.name)
        record = records[path.name.removesuffix(".classroom.json")]
        raw = sum(part["points"] for part in record["parts"])
        check(math.isclose(sum(t["score"] for t in whole["tests"]), raw, abs_tol=1e-6), path.name)
        count += 1
    return f"{count} reports"


def prairielearn():
    count = 0
    for path in sorted(feedback.glob("*.prairielearn.json")):
        whole = read(path)
        check(0 <= whole["score"] <= 1 and isinstance(whole["gradable"], bool), path.name)
        check(path.stat().st_size <= 1 << 20, f"{path.name}: larger than 1 MB")
        for test in whole["tests"]:
            check({"name", "points", "max_points"} <= set(test), f"{path.name}: {test}")
        count += 1
    return f"{count} results"


for reader in (own_schema, junit, nbgrader, otter, gradescope, classroom, prairielearn):
    try:
        print(f"{reader.__name__}: {reader()}")
    except ImportError as error:
        print(f"{reader.__name__}: left out, {error}")
    except Exception as error:
        wrong.append(f"{reader.__name__}: {type(error).__name__}: {error}")
for text in wrong[:50]:
    print("REFUSED", text)
print(f"{len(wrong)} refusals")
sys.exit(bool(wrong))
