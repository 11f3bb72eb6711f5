"""The house: rooms import downwards only, batch jobs stay light, scripts stay thin, lists equal folders."""

import ast
import subprocess
import sys
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


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


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
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
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


def test_every_rule_has_log_conda_and_code():
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for block in path.read_text(encoding="utf-8").split("\nrule ")[1:]:
            rule = block.split(":")[0]
            for key in ("log:", "conda:", "resources:", "given=given("):
                assert key in block, f"{path.name}: rule {rule} lacks {key}"
            assert f'"../scripts/{rule}.py"' in block or "figure" in rule, (
                f"{path.name}: rule {rule} and its script differ"
            )


def test_every_caption_exists_and_says_how_to_read_it():
    for path in sorted((ROOT / "workflow/rules").glob("*.smk")):
        for part in path.read_text(encoding="utf-8").split('caption="')[1:]:
            caption = (path.parent / part.split('"')[0]).resolve()
            assert caption.is_file(), caption
            assert "read" in caption.read_text(encoding="utf-8").lower()


def test_profiles_name_real_rules():
    import yaml

    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    for path in (ROOT / "profiles").rglob("profile.yaml"):
        profile = yaml.safe_load(path.read_text(encoding="utf-8"))
        named = {*profile.get("groups", {}), *profile.get("set-resources", {}), *profile.get("set-threads", {})}
        for rule in named:
            assert f"rule {rule}:" in text, f"{path}: no rule {rule}"


def test_the_lock_has_hashes_and_names_no_host():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    blocks = [block for block in text.replace("\\\n", " ").splitlines() if block and not block.startswith("#")]
    assert blocks
    assert all("--hash=sha256:" in block for block in blocks)


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
    text = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk")}
    rules = {
        line.split()[1].rstrip(":") for each in text.values() for line in each.splitlines() if line.startswith("rule ")
    }
    made = text["deliver"][text["deliver"].index("MADE = [") :].split("\n]\n")[0]
    assert {rule for rule in rules if f"rules.{rule}.output" in made} == rules - {"write_provenance", "what_changed"}
    wanted = (ROOT / "Snakefile").read_text(encoding="utf-8").split("rule all:")[1].split()
    assert wanted[-3:] == ["MADE,", "rules.write_provenance.output,", "WHAT_CHANGED,"]


def test_every_profile_decides_by_content():
    import yaml

    for path in (ROOT / "profiles").glob("*/profile.yaml"):
        profile = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert profile["rerun-triggers"] == ["input", "params", "mtime", "software-env"], path
