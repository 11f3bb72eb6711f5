"""The command: every word of it reaches the module behind it."""

import pytest
from immunoassay.command.app import app
from typer.testing import CliRunner


@pytest.mark.parametrize("command", ["check", "why", "run", "accept-raw"])
def test_a_folder_without_a_config_is_no_study(command, tmp_path):
    done = CliRunner().invoke(app, [command, str(tmp_path)])
    assert isinstance(done.exception, SystemExit) and "a study is a folder with config/config.yaml" in str(
        done.exception
    )


def test_a_folder_that_is_not_there_is_not_scanned(tmp_path):
    done = CliRunner().invoke(app, ["scan", str(tmp_path / "nowhere")])
    assert isinstance(done.exception, SystemExit) and "no such folder" in str(done.exception)
