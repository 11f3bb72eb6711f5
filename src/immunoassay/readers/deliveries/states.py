"""Words beside a result that say whether it counts: reportable, below, above, rejected or pending.

A cell is a word of the vocabulary, or several (`Complete; below LLOQ`), or holds a phrase of it in a longer text
(`haemolysed – do not report`). What holds none, or says both below and above, is not understood: None, never a guess.
"""

import re
from collections.abc import Mapping

ORDER = ("rejected", "pending", "below", "above", "reportable")  # of several words in a cell the first decides
EXACT = re.compile(r"[^\w<>]+|_")
PARTS = re.compile(r"\s*[;|/+\n]\s*|,\s+")
NEGATIONS = {"not", "no", "never", "without", "nicht", "nie"}
LONG = 8  # letters of a single word that is also looked for in a longer text


class StateWords:
    """The vocabulary {word: (state, needs_limit)} of vocabulary.state_words, ready to read cells."""

    def __init__(self, words: Mapping[str, tuple[str, bool]]) -> None:
        self._exact = {_squeezed(word): found for word, found in words.items()}
        self._read: dict[str, tuple[str, bool] | None] = {}
        self._states = {
            _spaced(word): state
            for word, (state, needs_limit) in words.items()
            if state != "reportable" and not needs_limit and (" " in word or len(word) >= LONG)
        }
        longest = sorted(self._states, key=len, reverse=True)  # of two phrases at one place the longer is meant
        self._phrases = re.compile(rf"(?<![\w<>])(?:{'|'.join(map(re.escape, longest)) or '(?!)'})(?![\w<>])")

    def read(self, text: str) -> tuple[str, bool] | None:
        """(state, whether it needs a limit to mean one) of a cell; ("", False) of an empty one, None of an unknown."""
        if text not in self._read:
            parts = self._parts(text)
            self._read[text] = ("", False) if not text else None if None in parts else _decided(parts)
        return self._read[text]

    def mentioned(self, text: str) -> str | None:
        """The state a free text speaks of besides reportable, or None."""
        found = _decided([part for part in self._parts(text) if part])
        return found[0] if found and found[0] not in ("", "reportable") and not found[1] else None

    def _parts(self, text):
        """The state of each part of a cell, None where it is not understood."""
        if whole := self._exact.get(_squeezed(text)):
            return [whole]
        if not any(map(str.isalpha, text)):
            return [None]
        return [self._exact.get(_squeezed(part)) or self._within(part) for part in PARTS.split(text.strip()) if part]

    def _within(self, text):
        spaced, states = _spaced(text), []
        for match in self._phrases.finditer(spaced):
            if set(spaced[: match.start()].split()[-2:]) & NEGATIONS:
                return None
            states.append((self._states[match[0]], False))
        return _decided(states)


def _decided(found):
    states = {state for state, _ in found}
    if not states or {"below", "above"} <= states - {"rejected", "pending"} and not states & {"rejected", "pending"}:
        return None
    first = next((state for state in ORDER if state in states), "")
    return first, all(weak for state, weak in found if state == first)


def _squeezed(text):
    return EXACT.sub("", text.casefold())


def _spaced(text):
    return " ".join(re.sub(r"[^\w<>]+|_", " ", text.casefold()).split())
