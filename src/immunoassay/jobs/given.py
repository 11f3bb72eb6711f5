"""What a script is given: one param of every rule."""


class Given(dict):
    """A dict that Snakemake compares as any other and does not print: its report would show every row of every sheet."""

    def __str__(self) -> str:
        return "rows of the sheets and choices of the config"
