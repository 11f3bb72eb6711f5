"""Puts the workflow into the wheel; an editable installation finds it in its folder and needs no copy that grows stale."""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOUSE = ("Snakefile", "workflow", "resources", "profiles", "requirements.lock")


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        if version == "standard":
            for part in HOUSE:
                build_data["force_include"][part] = f"immunoassay/_house/{part}"
