"""Which plates a laboratory's list means by a file, a run or a plate."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd

LONG = 6  # letters and digits that a part of a name holds at least to say which one it is


def caseless(text: str) -> str:
    """A name without case and repeated spaces."""
    return " ".join(str(text).split()).casefold()


class Runs:
    """The plates of the scanned exports (`written` as sample_lists.WRITTEN) by everything that they, their files and folders are
    called. `said` {run as a laboratory writes it: plate, or `none`} goes before."""

    def __init__(self, written: pd.DataFrame, said: Mapping[str, str] | None = None) -> None:
        self._said = said or {}
        tiers: list[dict[str, dict[str, None]]] = [{} for _ in range(6)]
        columns = ["plate", "batch", "file", "plate_in_file", *(["plate_title"] if "plate_title" in written else [])]
        for row in written[columns].drop_duplicates().to_dict("records"):
            path = row["file"].replace("\\", "/")
            name = path.rsplit("/", 1)[-1]
            inside = row["plate_in_file"]
            called = (
                [row["plate"]],
                [row.get("plate_title", ""), "" if inside.isdigit() else inside],
                [path],
                [name],
                [name.rsplit(".", 1)[0]],
                [row["batch"]],
            )
            for tier, keys in zip(tiers, called, strict=True):
                for key in filter(None, map(caseless, keys)):
                    tier.setdefault(key, {})[row["plate"]] = None
        self._tiers = [{key: tuple(plates) for key, plates in tier.items()} for tier in tiers]
        self._number = {row["plate"]: row["plate_in_file"] for row in written.to_dict("records")}

    def plates(self, run: str, plate: str = "") -> tuple[str, ...]:
        """The plates that a run and a plate name, () for none; a run can be `file | plate`."""
        if run in self._said:
            run = self._said[run]
        run, _, inner = run.partition("|")
        found = self._called(run)
        for each in filter(None, (inner.strip(), plate)):
            own = self._called(each)
            numbered = tuple(one for one in found if self._number[one] == each)
            found = tuple(one for one in found if one in own) or numbered if run.strip() else own
        return found

    def near(self, run: str) -> str:
        """The one plate that a run seems to be, as it, its file or its title begins alike or has its words; "" for none, or for
        several."""
        found = {
            plate
            for tier in self._tiers[:-1]
            for key, plates in tier.items()
            for plate in plates
            if "/" not in key and _alike(run, key)
        }
        return found.pop() if len(found) == 1 else ""

    def share(self, texts: Iterable[str], of_plates: bool = False) -> float:
        """The share of the texts that name a run; `of_plates`: that name plates rather than files."""
        texts = list(texts)
        named = [self._called(text, 2) if of_plates else self.plates(text) for text in texts]
        return sum(map(bool, named)) / len(texts) if texts else 0.0

    def _called(self, text, tiers=None):
        key = caseless(text).replace("\\", "/")
        for wanted in dict.fromkeys((key, key.rsplit("/", 1)[-1])):
            for tier in self._tiers[:tiers]:
                if wanted in tier:
                    return tier[wanted]
        return ()


def _alike(one, other):
    own, its = (re.findall(r"[^\W_]+", caseless(text)) for text in (one, other))
    long, short = sorted(("".join(own), "".join(its)), key=len, reverse=True)
    cut = short[-1:].isdigit() and long[len(short) :][:1].isdigit()  # plate 1 is not plate 12
    if len(short) >= LONG and long.startswith(short) and not cut:
        return True
    said = {word for word in set(own) & set(its) if any(c.isdigit() for c in word)}
    return (set(own) <= set(its) or set(its) <= set(own)) and (len(short) >= LONG or any(len(w) > 2 for w in said))
