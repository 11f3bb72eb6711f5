"""The session of docs/a-session.md: its commands run anew, in order, in a folder beside the demonstration's exports.

`python -m tests.recorded_session` writes the page. What changes from run to run, or tells nobody anything, is left out: the
steps between the first and the last, the seconds that are left.
"""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from immunoassay.files.house import HOUSE

PAGE = HOUSE / "docs/a-session.md"
BLOCK = re.compile(r"^```console\n\$ ([^\n]+)\n.*?^```\n", re.M | re.S)
STEP = re.compile(r"^ *\d+/\d+  ")
PLACE = re.compile(r"^Using workflow specific profile .*\n", re.M)


def commands(page: str) -> list[str]:
    """The commands of the page, in order."""
    return BLOCK.findall(page)


def run(lines: list[str], folder: Path) -> list[str]:
    """What each command prints in `folder`, which gets a link to the demonstration's exports."""
    (folder / "exports").symlink_to(HOUSE / "resources/demo/raw", target_is_directory=True)
    environment = os.environ | {"PATH": f"{HOUSE}/.venv/bin:{os.environ['PATH']}", "NO_COLOR": "1", "COLUMNS": "200"}
    done = [
        subprocess.run(
            line, shell=True, cwd=folder, env=environment, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        ).stdout
        for line in lines
    ]  # fmt: skip
    return [told(text) for text in done]


def told(text: str) -> str:
    """What a command printed, as the page shows it: of the steps the first and the last, without the time that is left."""
    lines = [re.sub(r"  \(about .* left\)$", "", line).rstrip() for line in PLACE.sub("", text).split("\n")]
    steps = [at for at, line in enumerate(lines) if STEP.match(line)]
    if len(steps) > 2:
        lines = [*lines[: steps[0] + 1], "   …", *lines[steps[-1] :]]
    return "\n".join(lines).strip()


def page(text: str, shown: list[str]) -> str:
    """The page with what its commands print now."""
    blocks = iter(shown)
    return BLOCK.sub(lambda found: f"```console\n$ {found[1]}\n{next(blocks)}\n```\n", text)


def main() -> None:
    """Write the page anew."""
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page(text, run(commands(text), Path(folder))), encoding="utf-8")


if __name__ == "__main__":
    main()
