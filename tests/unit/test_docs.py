"""The documents: generated pages are in step with their sources, commands and links exist, captions render."""

import json
import re
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
import yaml
from immunoassay.deliver import columns, dictionary, formats
from immunoassay.readers import recognition
from immunoassay.readers.declared import BASES
from immunoassay.study.schema import load_schema

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "config/README.md"])
SCHEMAS = {path.name.split(".")[0]: load_schema(path) for path in (ROOT / "workflow/schemas").glob("*.yaml")}


def test_the_config_page_is_in_step_with_the_schemas():
    assert (ROOT / "config/README.md").read_text(encoding="utf-8") == dictionary.config_page(SCHEMAS), "run `make docs`"


def test_the_tables_page_is_in_step_with_the_tables():
    assert (ROOT / "docs/tables.md").read_text(encoding="utf-8") == dictionary.tables_page(), "run `make docs`"


def test_the_problems_page_is_in_step_with_the_registry():
    assert (ROOT / "docs/problems.md").read_text(encoding="utf-8") == dictionary.problems_page(), "run `make docs`"


def test_the_formats_page_is_in_step_with_what_readers_declare():
    assert (ROOT / "docs/formats.md").read_text(encoding="utf-8") == formats.page(dictionary.MADE), "run `make docs`"


def test_every_family_declares_what_it_reads_and_how_far_it_is_known():
    for name, module in recognition.families().items():
        assert module.DECLARED, name
        for each in module.DECLARED:
            assert each.basis in BASES and each.software and each.form and each.read, name
            assert bool(each.source) == (each.basis == "columns"), f"{name}: {each.software}"
            assert not any(text.endswith(".") for text in (each.read, each.refused, each.export)), (
                f"{name}: {each.software}"
            )


def test_every_key_and_column_is_explained():
    page = (ROOT / "config/README.md").read_text(encoding="utf-8")
    for name, schema in SCHEMAS.items():
        for key, rule in schema["properties"].items():
            assert f"`{key}`" in page, f"{name}: {key}"
            for inner in rule.get("properties", {}):
                assert f"`{key}.{inner}`" in page, f"{name}: {key}.{inner}"
    page = (ROOT / "docs/tables.md").read_text(encoding="utf-8")
    for name, table in columns.contracts().items():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        assert f"One row is {table.row}." in section and all(f"`{column}`" in section for column in table.key)
        lines = [line for line in section.splitlines() if line.startswith("| `")]
        assert [line.split("`")[1] for line in lines] == list(table.columns)


def test_every_file_of_a_table_is_named_and_is_made_by_a_rule():
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    made = {file for file in re.findall(r"<results>/([^\"]*)", rules) if file.endswith((".tsv", ".parquet"))}
    made -= {"statistics/{OVER_VISITS}.tsv", "figures/{figure}.tsv"}  # read: one of others
    made = {file for file in made if "{name}" not in file}  # read too
    figures = re.findall(r"drawn\(\s*\"([^\"]+)\"|\"(\w+)\": \(\s*\"", rules)
    made |= {f"figures/{of_kit or name}.tsv" for of_kit, name in figures}
    made -= {"figures/figure_5.tsv"}  # of its parts
    assert {file for name in columns.contracts() for file in dictionary.files(name)} == made


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_commands_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for command in re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")):
        assert command in targets, f"{page.name}: make {command}"


def test_the_amendments_a_page_advises_are_known():
    known = set(SCHEMAS["amendments"]["properties"]["what"]["enum"])
    text = (ROOT / "docs/a-new-batch.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`what` = `(\w+)`", text)) <= known
    assert {"sample_id", "exclude_well", "standard_strength", "exclude_result"} <= known


def test_versions_agree():
    version = (ROOT / "workflow/VERSION").read_text(encoding="utf-8").strip()
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == version
    assert citation["license"] == "MIT"
    assert f"## {version}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


@pytest.mark.parametrize("caption", ["workbook", "methods", "problems", "curves", "controls", "what_changed"])
def test_captions_say_what_how_and_when_not(caption):
    text = (ROOT / f"workflow/report/{caption}.rst").read_text(encoding="utf-8")
    assert "**How to read it.**" in text
    assert "**When not to trust it.**" in text


@pytest.mark.parametrize(
    ("study", "simulated"), [({"title": "T"}, False), ({"title": "T", "simulated": True, "note": "N."}, True)]
)
def test_the_front_page_renders_from_the_config(study, simulated):
    source = (ROOT / "workflow/report/workflow.rst").read_text(encoding="utf-8")
    text = jinja2.Template(source).render(snakemake=SimpleNamespace(config={"study": study}))
    assert text.startswith("T\n")
    assert ("SIMULATED" in text) == simulated
    assert ("N." in text.split("**How to read")[0]) == simulated


def test_patterns_of_names_are_told_in_words():
    page = dictionary.config_page(SCHEMAS)
    assert "letters, digits, `_`, `-`; begins with a letter or digit" in page
    assert "^[" not in page


def test_every_function_the_page_on_the_house_names_is_there():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    for script in re.findall(r"`scripts/(\w+)`", page):
        assert (ROOT / f"workflow/scripts/{script}.py").is_file(), script
    names = [name for name in re.findall(r"`(\w+(?:\.\w+)+)`", page) if name.split(".")[-1] not in ("tsv", "parquet")]
    assert len(names) > 30
    for name in names:
        assert resolved(name), name


def resolved(name):
    """Whether a dotted name ends at a module of the package, or at a function or class of one; its room may be left out."""
    for room in ("", *(f"{path.name}." for path in sorted((ROOT / "src/immunoassay").iterdir()) if path.is_dir())):
        module, _, last = f"immunoassay.{room}{name}".rpartition(".")
        with suppress(ImportError):
            return hasattr(import_module(module), last) or find_spec(f"{module}.{last}") is not None
    return False


def test_the_walk_of_one_number_takes_no_more_than_forty_lines():
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    walk = page.split("## One number")[1]
    assert len(walk.strip().splitlines()) <= 40


def test_where_the_time_goes_is_what_the_benchmark_measured():
    figures = json.loads((ROOT / "benchmarks/results/latency.json").read_text(encoding="utf-8"))
    share = {
        name: sum(seconds for key, seconds in figures.items() if key.startswith(f"cpu_demo_{name}"))
        / figures["demo_cpu_seconds"]
        for name in ("draw_", "read_", "calibrate_", "assess_")
    }
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert "about a third of the processor seconds is\ndrawing" in page and 0.3 < share.pop("draw_") < 0.4
    assert "about a tenth reading, fitting and judging plates" in page and 0.08 < sum(share.values()) < 0.125
