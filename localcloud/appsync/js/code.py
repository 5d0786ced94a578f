"""A file's tokens, with the few questions that rules ask about their neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from localcloud.appsync.js.scanner import ScriptToken


class Code:
    """Tokens by their index; an index outside gives the empty text."""

    def __init__(self, tokens: list[ScriptToken]) -> None:
        self.tokens = tokens
        self._texts = [token.text for token in tokens]
        self._count = len(tokens)
        self._declarations: Counter[str] | None = None
        self._closing: dict[int, int] = {}
        opened: list[int] = []
        for at, token in enumerate(tokens):
            if token.kind != "punctuator":
                continue
            if token.text in {"(", "[", "{"}:
                opened.append(at)
            elif token.text in {")", "]", "}"} and opened:
                self._closing[opened.pop()] = at

    def text(self, index: int) -> str:
        """Return a token's text."""
        return self._texts[index] if 0 <= index < self._count else ""

    def is_property(self, index: int) -> bool:
        """Return whether the name is a member's: ``x.name``, ``{name: …}`` or ``{name}``."""
        before, after = self.text(index - 1), self.text(index + 1)
        if before in {".", "?."}:
            return True
        return before in {"{", ","} and after in {":", ",", "}"} and self.tokens[index].depth > 0

    def closing(self, index: int) -> int:
        """Return the index of the bracket that closes the one at ``index``."""
        return self._closing.get(index, len(self.tokens) - 1)

    def declarations(self) -> Counter[str]:
        """Return how often the file declares each name, parameters too, which may shadow a global's.

        Too many rather than too few: what is missed here fails when it runs, since the runtime has no
        such global either.
        """
        if self._declarations is not None:
            return self._declarations
        counts = self._declarations = Counter()
        for at, token in enumerate(self.tokens):
            after = self.text(at + 1)
            if token.text in {"const", "let", "var", "function"}:
                counts[after] += 1
                opening = at + 1 if after in {"{", "[", "("} else at + 2
                if self.text(opening) in {"{", "[", "("}:
                    counts.update(self.names(opening))
            elif token.kind == "name" and after == "=>":
                counts[token.text] += 1
            elif token.text == "(" and self.text(self.closing(at) + 1) == "=>":
                counts.update(self.names(at))
        return counts

    def names(self, opening: int) -> Iterator[str]:
        """Yield the names between a bracket and the one that closes it."""
        for token in self.tokens[opening : self.closing(opening)]:
            if token.kind == "name":
                yield token.text
