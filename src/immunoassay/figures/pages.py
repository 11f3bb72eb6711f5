"""Pages to draw on, with their note and mark, and saving that gives the same bytes for the same numbers."""

def drawing(contract):
    """For draw(table, ...): the table in the types of its contract (it may come from its file), the project's style, and
    the layout settled once for all formats. Raises ContractError for a wrong or missing column.
    """

    def decorate(function):
        @functools.wraps(function)
        def wrapped(table, *args, **kwargs):
            return _settled(function(checked(table, contract), *args, **kwargs))

        return styled(wrapped)

    return decorate


def _settled(figure):
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    return figure


@styled
def save(figure, stem):
    """Write `stem`.svg, .png (300 dpi) and .pdf without dates or random names; returns the three paths."""
    formats = {"svg": {"Date": None}, "png": {}, "pdf": {"CreationDate": None}}
    paths = []
    for suffix, metadata in formats.items():
        path = Path(f"{stem}.{suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=300, metadata=metadata)
        paths.append(path)
    return paths


def page(width, height, simulated=False, note=""):
    """An empty figure of `width` x `height` mm plus room for the note below and, if simulated, the mark above."""
    figure, _ = _sheet(width, height, simulated, note)
    figure.set_layout_engine("constrained", w_pad=0.04, h_pad=0.04, wspace=0.03, hspace=0.04)
    return figure


def canvas(width, height, simulated=False, note=""):
    """A figure to draw on in mm, (figure, axes): x to the right, y down from the top, note and mark outside of it."""
    figure, below = _sheet(width, height, simulated, note)
    total = figure.get_figheight() * MM
    axes = figure.add_axes((0, below / total, 1, height / total))
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(height, 0))
    return figure, axes


def _sheet(width, height, simulated, note):
    """The figure with its mark and note, and the height of the note in mm."""
    lines = wrap(note, width - 4, TINY)
    above, below = (4 if simulated else 0), (1.5 + 3.1 * len(lines) if lines else 0)
    figure = Figure(figsize=(width / MM, (above + height + below) / MM))
    if simulated:
        figure.suptitle(SIMULATED, x=0.995, ha="right", fontsize=SMALL, fontweight="bold", color=VERMILION)
    if lines:
        figure.supxlabel("\n".join(lines), x=2 / width, ha="left", fontsize=TINY, color="#333333", linespacing=1.25)
    return figure, below


@styled
def notice(words, simulated=False, width=SINGLE):
    """A figure that says in words why there is nothing to draw."""
    lines = wrap(words, width - 10, BASE)
    figure = page(width, 14 + 4 * len(lines), simulated)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", transform=axes.transAxes)
    return _settled(figure)


def grid(figure, n, columns):
    """`n` axes in rows of `columns`; the unused places of the last row stay empty."""
    rows = -(-n // columns)
    axes = figure.subplots(rows, columns, squeeze=False)
    for spare in axes.ravel()[n:]:
        spare.set_axis_off()
    return list(axes.ravel()[:n])
