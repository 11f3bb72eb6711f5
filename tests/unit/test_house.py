"""The house: rooms import downwards only, batch jobs stay light, scripts stay thin, lists equal folders."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "src/immunoassay"
ROOMS = (
    "problems",
    "tables",
    "files",
    "study",
    "jobs",
    "readers",
    "calibration",
    "acceptance",
    "results",
    "drafts",
    "clinical",
    "statistics",
    "words",
    "figures",
    "deliver",
    "simulate",
    "command",
)
MODULES = sorted(LIBRARY.rglob("*.py"))


def name_of(path):
    parts = path.relative_to(LIBRARY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_page_on_the_house_lists_the_rooms_in_their_order():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.M) == list(ROOMS)
    assert sorted(ROOMS) == sorted(path.name for path in LIBRARY.iterdir() if (path / "__init__.py").is_file())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_from_its_own_or_a_lower_room(path):
    room = name_of(path).split(".")[0]
    if not room:
        return
    used = {name.split(".")[1] for name in imports_of(path) if name.startswith("immunoassay.")}
    if room == "simulate":
        assert not used & {"figures", "deliver", "command"}
        return
    higher = {other for other in used if other not in ROOMS or ROOMS.index(other) > ROOMS.index(room)}
    assert not higher, f"{name_of(path)} imports from the higher rooms {higher}"


def is_public(name):
    return not name.startswith("_") or name.startswith("__")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_functions_carry_type_hints(path):
    """All arguments and the return of every public function, and of every public method of a public class."""
    body = tree(path).body
    classes = [node for node in body if isinstance(node, ast.ClassDef) and is_public(node.name)]
    bare = []
    for node in [*body, *(each for one in classes for each in one.body)]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and is_public(node.name):
            named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            arguments = [each for each in named if each is not None and each.arg not in ("self", "cls")]
            if node.returns is None or any(each.annotation is None for each in arguments):
                bare.append(node.name)
    assert not bare, f"without type hints: {', '.join(bare)}"


@pytest.mark.parametrize("script", ["read_batch", "calibrate_batch", "assess_batch", "gate"])
def test_batch_jobs_never_import_heavy_libraries(script):
    lines = (ROOT / f"workflow/scripts/{script}.py").read_text().splitlines()
    imports = "\n".join(line for line in lines if line.startswith(("import ", "from ")))
    check = "import sys; print([m for m in ('scipy.stats', 'matplotlib', 'sklearn', 'seaborn') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{imports}\n{check}"],
        cwd=ROOT / "workflow/scripts",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", sorted((ROOT / "workflow/scripts").glob("*.py")), ids=lambda path: path.stem)
def test_scripts_are_thin(path):
    assert not [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40


def test_the_list_of_scripts_equals_the_folder():
    text = (ROOT / "workflow/rules/common.smk").read_text(encoding="utf-8")
    listed = ast.literal_eval(text[text.index("(", text.index("for name in (")) :].split(")")[0] + ")")
    assert sorted(listed) == sorted(path.stem for path in (ROOT / "workflow/scripts").glob("*.py"))


def test_no_two_modules_have_one_name_and_none_is_long():
    names = [path.stem for path in MODULES if path.stem != "__init__"] + list(ROOMS)
    assert sorted(set(names)) == sorted(names)
    long = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: count for name, count in long.items() if count > 400} == {}


def test_the_wheel_holds_everything_the_workflow_needs():
    """Files the package and the rules name beside the code are in the list of the build hook."""
    hook = (ROOT / "hatch_build.py").read_text(encoding="utf-8")
    house = (LIBRARY / "files/house.py").read_text(encoding="utf-8")
    for part in ("workflow", "resources", "profiles", "requirements.lock", "Snakefile"):
        assert f'"{part}"' in hook and part in house


RULE = re.compile(
    r"^(?:rule (?P<whole>\w+)|use rule (?P<base>\w+) as (?P<own>\w+) with):\n(?P<body>(?:[ \n].*\n?)*)", re.M
)


def rules():
    """{rule: (the rule it shares parts with or None, its text)} of all rule files."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "workflow/rules").glob("*.smk")))
    return {match["whole"] or match["own"]: (match["base"], match["body"]) for match in RULE.finditer(text)}


@pytest.mark.parametrize("name", rules())
def test_every_rule_has_all_its_parts_and_its_own_script(name):
    base, body = rules()[name]
    assert "log:" in body and "output:" in body
    if base or name == "draw_study":  # families of figures share all but inputs, outputs and what they are given
        (of,) = set(re.findall(r"(\w+_FIGURES)\.", body))
        assert all(f"{of}.{part}," in body for part in ("inputs", "outputs", "given"))
        body = rules()[base or name][1]
        assert '"../scripts/draw_figures.py"' in body
    else:
        assert f'given=given("{name}"' in "".join(body.split())
        assert f'"../scripts/{name}.py"' in body
    assert "message:" in rules()[name][1], "what a person reads while it runs"
    for part in ("group:", "conda:", "resources:", "script:"):
        assert part in body, f"{name} lacks {part}"


def test_every_caption_exists_and_says_how_to_read_it():
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    names = re.findall(r'caption="../report/(\w+)\.rst"', text)
    names += [name.split("_{")[0] for name in re.findall(r'\bdrawn\(\s*"([^"]+)"', text)]
    names += re.findall(r'"(\w+)": \("', text)  # of the figures of families
    assert len(set(names)) >= 15
    for name in names:
        assert "read" in (ROOT / f"workflow/report/{name}.rst").read_text(encoding="utf-8").lower(), name


def test_profiles_name_no_rule_and_share_what_they_say_of_groups():
    import yaml

    groups = {match for _, body in rules().values() for match in re.findall(r'group:\n +"(\w+)"', body)}
    said = []
    for path in (ROOT / "profiles").glob("*/profile.yaml"):
        profile = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert not {"groups", "set-resources", "set-threads"} & set(profile), path
        if path.parent.name != "default":
            said.append(profile["group-components"])
    assert len(said) == 4 and all(each == said[0] for each in said) and set(said[0]) <= groups


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "benchmarks/requirements.lock"])
def test_a_lock_has_hashes_and_names_no_host(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    blocks = [block for block in text.replace("\\\n", " ").splitlines() if block and not block.startswith("#")]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


def pins(name):
    """{package: version} of a lock."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.M))


def test_what_runs_studies_holds_nothing_of_developing_and_both_locks_agree():
    import tomllib

    running, developing = pins("requirements.lock"), pins("requirements-dev.lock")
    wanted = re.findall(r"^([\w-]+)$", (ROOT / "requirements-dev.in").read_text(encoding="utf-8"), re.M)
    assert "pytest" in wanted and set(wanted) <= set(developing) - set(running)
    assert {name: version for name, version in developing.items() if running.get(name, version) != version} == {}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {re.split("[<>=]", name)[0].lower() for name in project["dependencies"]} <= set(running)


def test_the_conda_file_agrees_with_the_lock():
    import yaml

    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    environment = yaml.safe_load((ROOT / "workflow/envs/python.yaml").read_text(encoding="utf-8"))
    for pin in environment["dependencies"]:
        if "=" in pin and not pin.startswith("python"):
            name, version = pin.split(" =")
            assert f"{name.removesuffix('-base')}=={version}" in lock


def test_every_file_that_a_rule_makes_is_a_target():
    """A job that failed has lost its outputs; a file that nobody asks for would not be made again."""
    text = (ROOT / "workflow/rules/deliver.smk").read_text(encoding="utf-8")
    made = text[text.index("MADE = [") :].split("\n]\n")[0]
    drawn = {name for name, (_, body) in rules().items() if re.search(r"output:\n +(drawn\(|\w+_FIGURES\.)", body)}
    assert {"draw_biomarkers", "draw_quality"} <= drawn and "*DRAWN," in made
    wanted = set(rules()) - {"write_provenance", "what_changed", "write_report", "write_batch_report"}
    wanted -= drawn | {"draw_page"}  # among DRAWN
    statistics = (ROOT / "workflow/rules/statistics.smk").read_text(encoding="utf-8").split("\nSTATISTICS = [", 1)[1]
    named = {
        rule
        for rule in rules()
        if f"rules.{rule}.output" in made + statistics or f"rules.{rule}," in statistics.replace("]", ",")
    }
    assert "*STATISTICS," in made and named == wanted
    wanted = (ROOT / "Snakefile").read_text(encoding="utf-8").split("rule all:")[1].split("input:")[1].split()
    assert wanted[:3] == ["MADE,", "rules.write_provenance.output,", "WHAT_CHANGED,"]
    assert wanted[3:5] == ["rules.write_report.output,", "BATCH_REPORTS,"]
    assert 'BATCH_REPORTS = collect("<results>/report_batches/{batch}.html", batch=APART)' in text


def test_every_profile_decides_by_content():
    import yaml

    for path in (ROOT / "profiles").glob("*/profile.yaml"):
        profile = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert profile["rerun-triggers"] == ["input", "params", "mtime", "software-env"], path
