"""results/report.html: one file from the template, style, scripts and data block; nothing is fetched, every script is named by
its checksum in the content security policy. In a study of many plates every batch but the newest has such a file of its own.
"""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import jinja2
from immunoassay.study.load import Study

# what the page takes from the sheets
SHEETS = {
    "samples": ("sample_id", "participant", "course", "visit", "collection_date"),
    "participants": ("participant", "group"),
    "visits": ("visit", "label", "order", "day"),
    "courses": ("participant", "course", "order", "day1_date"),
    "events": ("participant", "course", "event", "date"),
    "analytes": ("analyte", "label", "panel", "group", "order", "unit", "quantity"),
    "panels": (
        "panel",
        "label",
        "platform",
        "replicate_rule",
        "criteria_set",
        "accept_unproven",
        "min_dilution",
        "max_dilution",
    ),
}
FOLDER = Path(__file__).parent / "page"
SECTIONS = (
    *("overview", "batches", "quality", "biomarkers", "associations", "participants", "trace", "decide", "methods"),
)
OF_BATCH = ("batches", "trace")  # the sections of the page of a batch
SCRIPTS = ("page.js", "table.js", "charts.js", "recompute.js", "effects.js")
# plates of a study that one page holds whole: of 30 analytes and 36 samples in duplicate each adds 58 kB to some 1.2 MB, so
# that it stays within 3 MB
PLATES = 30


def apart(study: Study, most: int = PLATES) -> list[str]:
    """The batches with a page of their own, in the order of the sheet: of more than `most` plates all but the newest batch."""
    return [batch for batch in study.batches if batch != newest(study)] if len(study.plates) > most else []


def newest(study: Study) -> str:
    """The batch with the last run date: of several the last in the sheet, of a study without dates the last of all."""
    last = {batch: max(plate.run_date or "" for plate in own) for batch, own in study.by_batch.items()}
    return max(reversed(last), key=last.__getitem__)


def html(
    title: str, block: str, say: dict[str, str], more: Iterable[str] = (), sections: Sequence[str] = SECTIONS
) -> str:
    """The page; `block` is the data of page_data.block, `say` the words of the frame.

    `more` are "sha256-…" of scripts that the page itself inserts.
    """
    style = _read("page.css")
    scripts = [_read(name) for name in (*SCRIPTS, *(f"section_{name}.js" for name in sections))]
    hashes = [*map(sha256, scripts), *more]
    policy = {
        "default-src": "'none'",
        "connect-src": "'none'",
        "img-src": "data: blob:",
        "style-src": f"'{sha256(style)}'",
        "script-src": " ".join(f"'{each}'" for each in hashes),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(_read("page.html.j2")).render(
        title=title,
        policy="; ".join(f"{name} {value}" for name, value in policy.items()),
        style=style,
        scripts=scripts,
        block=block,
        say=say,
    )


def digest() -> str:
    """Sixteen hex digits over the template, style and scripts, which no digest of modules sees."""
    files = sorted(FOLDER.iterdir())
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:16]


def sha256(text: str) -> str:
    """The checksum of a script or style, as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _read(name):
    return (FOLDER / name).read_text(encoding="utf-8")
