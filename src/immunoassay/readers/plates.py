"""The plates of one export, collected while its family reads it: what is wrong with one plate leaves the others."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from immunoassay.problems import Problem
from immunoassay.readers.export import Export, NotReadable, Plate, UnreadPlate
from immunoassay.readers.sources import Source


class Plates:
    """The plates of one export while it is read."""

    def __init__(self, read: Iterable[Plate] = ()) -> None:
        self.read = list(read)
        self.unread: list[UnreadPlate] = []

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Whatever is refused inside concerns the plate `name` alone; the others are read."""
        try:
            yield
        except NotReadable as error:
            self.refuse(name, error.problem)

    def refuse(self, name: str, problem: Problem) -> None:
        """Set the plate `name` aside, with the Problem why."""
        found = f'plate "{name}": {problem.found}' if name and name not in problem.found else problem.found
        self.unread.append(UnreadPlate(name, replace(problem, found=found), len(self.read) + len(self.unread)))

    def export(self, family: str, source: Source, ignored: Iterable[str] = ()) -> Export:
        """The Export of the open file `source`, each name in `ignored` once."""
        form = (source.encoding, source.delimiter, source.decimal)
        return Export(family, self.read, *form, list(dict.fromkeys(ignored)), unread=self.unread)

    def __bool__(self) -> bool:
        return bool(self.read or self.unread)
