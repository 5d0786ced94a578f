"""Prose inside code: docstrings, comments and messages are written in the field's own words.

The pages of ``docs`` are held to the same by ``test_docs.py``, names by ``test_names.py``.
"""

import io
import os
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DIALECT = re.compile(
    r"\b(told|whoever|somebody|anybody|anew|all else|tells? of|hears?|(?:is|are) made (?:by|of))\b", re.I
)
# Reading tokens takes seconds for the whole tree: only a file with one of these is read so.
_WORDS = (
    "told",
    "whoever",
    "somebody",
    "anybody",
    "anew",
    "all else",
    "tell of",
    "tells of",
    "hear",
    "made ",
)
FOLDERS = [
    *("bench", "campaign", "chalice_app/chalicelib", "clients", "compare", "demo", "examples", "findings"),
    *("localcloud", "orders", "resolvers", "streaming_runtime", "tools", "verify"),
]
# 3.12 tokenizes what a template string says apart from its expressions; 3.11 has it as a whole string.
_PROSE = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def tell_tales(text: str) -> Iterator[tuple[int, str]]:
    """The line and the words of each tell-tale; a string that is one word alone is a value, no prose."""
    lower = text.lower()
    if not any(word in lower for word in _WORDS) or not DIALECT.search(lower):
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in _PROSE and len(re.findall(r"\w+", token.string)) > 1:
            for number, line in enumerate(token.string.splitlines(), token.start[0]):
                prose = re.sub(r"\{[^{}]*\}", "", line)
                yield from ((number, match.group()) for match in DIALECT.finditer(prose))


def _modules(folder: Path) -> Iterator[Path]:
    for directory, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in {"node_modules", "vendor"}]
        yield from (Path(directory, name) for name in files if name.endswith(".py"))


@pytest.mark.parametrize("folder", FOLDERS)
def test_prose_in_code_is_free_of_the_private_dialect(folder: str) -> None:
    places = [
        f"{path.relative_to(ROOT)}:{line} {words}"
        for path in _modules(ROOT / folder)
        for line, words in tell_tales(path.read_text("utf-8"))
    ]
    assert places == []


def test_comments_docstrings_and_messages_are_searched_and_code_is_not() -> None:
    text = '''
"""Whoever reads.

Somebody else."""
told = "told"  # is told
print(f"{told} is built anew by a tool")
'''
    assert list(tell_tales(text)) == [(2, "Whoever"), (4, "Somebody"), (5, "told"), (6, "anew")]
