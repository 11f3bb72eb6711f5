"""The command: every word of it reaches the module behind it, every command takes a study and has an example."""

import json
import re
import sys

import pytest
from immunoassay.command import app as commands
from immunoassay.files.house import HOUSE
from typer.testing import CliRunner

OF_A_STUDY = ("check", "why", "run", "accept-raw", "report", "orphans")


def called(monkeypatch, *arguments):
    """The exit code of the command."""
    monkeypatch.setattr(sys, "argv", ["immunoassay", *map(str, arguments)])
    with pytest.raises(SystemExit) as caught:
        commands.main()
    return caught.value.code


@pytest.mark.parametrize("command", OF_A_STUDY)
def test_a_folder_without_a_config_is_no_study(command, tmp_path, monkeypatch, capsys):
    assert called(monkeypatch, command, tmp_path) == 2
    assert "a study is a folder with config/config.yaml" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_not_scanned(tmp_path, monkeypatch, capsys):
    assert called(monkeypatch, "scan", tmp_path / "nowhere") == 2
    assert "no such folder" in capsys.readouterr().err
    assert called(monkeypatch, "scan") == 2  # no folder named


@pytest.mark.parametrize("name", [*OF_A_STUDY, "scan", "freeze", "verify-log", "demo"])
def test_help_has_an_example_that_is_a_command(name):
    text = CliRunner().invoke(commands.app, [name, "--help"]).output
    assert re.search(rf"Examples?: immunoassay {name}\b", text)
    assert "\033" not in text  # colours are for terminals


def test_scan_gives_the_same_rows_to_machines(monkeypatch, capsys):
    """Every ready row that is printed is in the JSON."""
    folder = HOUSE / "resources/demo/raw/2024-06-vaccine"
    done = CliRunner().invoke(commands.app, ["scan", str(folder), "--json"])
    found = json.loads(done.output)
    text = CliRunner().invoke(commands.app, ["scan", str(folder)]).output
    assert done.exit_code == 0 and [each["family"] for each in found["files"]] == ["msd_table"]
    assert len(found["files"][0]["sha256"]) == 64
    for line in [line for each in found["files"] for line in each["lines"]]:
        assert f"  {line}" in text.splitlines()
    unread = CliRunner().invoke(commands.app, ["scan", str(HOUSE / "profiles/default"), "--json"])
    (file,) = json.loads(unread.output)["files"]
    assert file["family"] is None and file["problems"][0]["code"].startswith("E-")
