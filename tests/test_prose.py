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
# In these every line is prose or declares something, in the others only what follows a comment's sign.
DECLARING = (".yaml", ".yml", ".graphql", ".j2", "Makefile", ".importlinter")
COMMENT = {
    **dict.fromkeys((".sh",), re.compile(r"(?:^|\s)#(.*)")),
    **dict.fromkeys((".ts", ".tsx", ".js", ".mjs", ".cjs"), re.compile(r"(?:(?<!:)//|/\*|^\s*\*)(.*)")),
}
PLACES = [
    *("appsync", "bin", "compare", "findings", "localcloud", "web/src"),
    *("Makefile", "schema.graphql", ".importlinter"),
]
FOLDERS = [
    *("bench", "campaign", "chalice_app/chalicelib", "clients", "compare", "demo", "examples", "findings"),
    *("localcloud", "orders", "resolvers", "streaming_runtime", "tests", "tools", "verify"),
]
# They list the words themselves.
LISTS = {"test_docs.py", "test_names.py", "test_prose.py"}
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


def comment_tales(name: str, text: str) -> Iterator[tuple[int, str]]:
    """The same of a file in another language."""
    comment = next((pattern for end, pattern in COMMENT.items() if name.endswith(end)), None)
    for number, line in enumerate(text.splitlines(), 1):
        prose = line
        if comment is not None:
            match = comment.search(line)
            prose = match[1] if match else ""
        yield from ((number, words.group()) for words in DIALECT.finditer(prose))


def _files(place: Path, endings: tuple[str, ...]) -> Iterator[Path]:
    if place.is_file():
        yield place
    for directory, folders, files in os.walk(place):
        folders[:] = [name for name in folders if name not in {"node_modules", "vendor", ".generated"}]
        yield from (Path(directory, name) for name in files if name.endswith(endings))


@pytest.mark.parametrize("folder", FOLDERS)
def test_prose_in_code_is_free_of_the_private_dialect(folder: str) -> None:
    places = [
        f"{path.relative_to(ROOT)}:{line} {words}"
        for path in _files(ROOT / folder, (".py",))
        if path.name not in LISTS
        for line, words in tell_tales(path.read_text("utf-8"))
    ]
    assert places == []


@pytest.mark.parametrize("place", PLACES)
def test_comments_of_templates_and_scripts_are_free_of_the_private_dialect(place: str) -> None:
    places = [
        f"{path.relative_to(ROOT)}:{line} {words}"
        for path in _files(ROOT / place, (*DECLARING, *COMMENT))
        for line, words in comment_tales(path.name, path.read_text("utf-8"))
    ]
    assert places == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.yaml", "Key: 1 # is told\nDescription: built anew", [(1, "told"), (2, "anew")]),
        ("a.ts", 'const told = "told"; // is told\n/* hears */', [(1, "told"), (2, "hears")]),
        ("a.sh", "told=1 # whoever", [(1, "whoever")]),
    ],
)
def test_comments_are_searched_by_the_files_language(
    name: str, text: str, words: list[tuple[int, str]]
) -> None:
    assert list(comment_tales(name, text)) == words


def test_comments_docstrings_and_messages_are_searched_and_code_is_not() -> None:
    text = '''
"""Whoever reads.

Somebody else."""
told = "told"  # is told
print(f"{told} is built anew by a tool")
'''
    assert list(tell_tales(text)) == [(2, "Whoever"), (4, "Somebody"), (5, "told"), (6, "anew")]
