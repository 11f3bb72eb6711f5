"""Words beside a result that say whether it counts: reportable, below, above, rejected or pending.

A cell is a word of the vocabulary, or several (`Complete; below LLOQ`), or holds a phrase of it in a longer text
(`haemolysed – do not report`). What holds none, or says both below and above, is not understood: None, never a guess.
"""

import re

ORDER = ("rejected", "pending", "below", "above", "reportable")  # of several words in a cell the first decides
EXACT = re.compile(r"[^\w<>]+|_")
PARTS = re.compile(r"\s*[;|/+\n]\s*|,\s+")
NEGATIONS = {"not", "no", "never", "without", "nicht", "nie"}
LONG = 8  # letters of a single word that is also looked for in a longer text


class StateWords:
    """The vocabulary {word: (state, needs_limit)} of vocabulary.state_words, ready to read cells."""

    def __init__(self, words):
        self._exact = {_squeezed(word): found for word, found in words.items()}
        phrases = [
            (_spaced(word), state)
            for word, (state, needs_limit) in words.items()
            if state != "reportable" and not needs_limit and (" " in word or len(word) >= LONG)
        ]
        self._phrases = [
            (re.compile(rf"(?<!\w){re.escape(word)}(?!\w)"), state) for word, state in phrases if word.isascii()
        ]

    def read(self, text):
        """(state, whether it needs a limit to mean one) of a cell; ("", False) of an empty one, None of an unknown."""
        if not text:
            return "", False
        whole = self._exact.get(_squeezed(text))
        if whole:
            return whole
        parts = [part for part in PARTS.split(text.strip()) if part]
        found = [self._exact.get(_squeezed(part)) or self._within(part) for part in parts]
        return None if None in found else _decided(found)

    def mentioned(self, text):
        """The state a free text speaks of besides reportable, or None."""
        found = self.read(text)
        if found is None:
            parts = [self._exact.get(_squeezed(part)) or self._within(part) for part in PARTS.split(text)]
            found = _decided([part for part in parts if part] or [("", False)])
        return found[0] if found and found[0] not in ("", "reportable") and not found[1] else None

    def _within(self, text):
        spaced, states = _spaced(text), []
        for pattern, state in self._phrases:
            for match in pattern.finditer(spaced):
                if set(spaced[: match.start()].split()[-2:]) & NEGATIONS:
                    return None
                states.append((state, False))
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
