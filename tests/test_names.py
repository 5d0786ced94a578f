"""The language of the house: values, functions and classes are called by the nouns and verbs of the field.

`told`, `found` or `one` say that there is a value, not what it is: an address, a match, an order.
The table below counts such names by folder. It may only fall, and falls with the code: zero stays zero.
"""

import ast
import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# `left` and `right` are the two sides of a comparison: they stand together in one scope, or not at all.
SIDES = {"left", "right"}
DIALECT = SIDES | {
    *("told", "said", "asked", "heard", "seen", "found", "known", "made", "given", "taken", "held", "got"),
    *("began", "begun", "one", "good", "somebody", "someone", "anybody", "whoever"),
}
ALLOWED = {
    "bench": 0,
    "campaign": 0,
    "chalice_app": 0,
    "clients": 0,
    "compare": 0,
    "demo": 0,
    "examples": 0,
    "findings": 0,
    "localcloud": 0,
    "orders": 0,
    "resolvers": 0,
    "streaming_runtime": 0,
    "tests": 0,
    "tools": 0,
    "verify": 0,
}
# Parsing the whole tree takes seconds. Only a file with one of these words before such a sign,
# outside its docstrings, can assign to it; a plain search for the words comes before the patterns.
_SIGN = r" *:?=(?!=)| *:|[)\]]* in |, [^\n]* (?:=|in) |[)\]][^\n]* (?:=|in) "
_AFTER = {
    word: re.compile(
        rf"{word}(?<![a-z0-9]{word})_*(?:{_SIGN})|(?:lambda|as|def|class) _*{word}|[*,(] ?_*{word}_*[,)\]}}]"
    )
    for word in DIALECT
}
# The nodes that assign, and where each has the name.
_NAMED: dict[type[ast.AST], str] = {
    ast.Name: "id",
    ast.Attribute: "attr",
    ast.arg: "arg",
    ast.alias: "asname",
    ast.ExceptHandler: "name",
    ast.MatchAs: "name",
    ast.MatchStar: "name",
    ast.MatchMapping: "rest",
    ast.FunctionDef: "name",
    ast.AsyncFunctionDef: "name",
    ast.ClassDef: "name",
}
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda


def _assigned(node: ast.AST) -> str | None:
    field = _NAMED.get(type(node))
    if field is None or isinstance(getattr(node, "ctx", None), ast.Load | ast.Del):
        return None
    name: str | None = getattr(node, field)
    return name


def _is_wire_word(node: ast.Assign) -> bool:
    """Whether a constant is called by what it says on the wire, as in ``HELD = "HELD"``."""
    target, value = node.targets[0], node.value
    return (
        isinstance(target, ast.Name)
        and isinstance(value, ast.Constant)
        and str(value.value).lower() == target.id.lower()
    )


def dialect(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the name of each value that is called by no noun."""
    names: list[tuple[int, str]] = []
    pending = list(ast.iter_child_nodes(tree))
    while pending:
        node = pending.pop()
        name = _assigned(node)
        if isinstance(node, ast.Assign) and _is_wire_word(node):
            continue
        if name is not None and name.strip("_").lower() in DIALECT:
            names.append((getattr(node, "lineno", 0), name))
        if isinstance(node, Scope):
            yield from dialect(node)
        else:
            pending.extend(ast.iter_child_nodes(node))
    pair = {name.strip("_").lower() for _, name in names} >= SIDES
    for line, name in names:
        if not (pair and name.strip("_").lower() in SIDES):
            yield line, name


def _is_suspect(text: str) -> bool:
    code = "".join(text.split('"""')[::2]).lower()
    return any(pattern.search(line) for word, pattern in _AFTER.items() for line in _lines_with(word, code))


def _lines_with(word: str, code: str) -> Iterator[str]:
    at = code.find(word)
    while at >= 0:
        end = code.find("\n", at)
        end = len(code) if end < 0 else end
        yield code[code.rfind("\n", 0, at) + 1 : end]
        at = code.find(word, end)


def _modules(folder: Path) -> Iterator[Path]:
    for directory, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in {"node_modules", "vendor"}]
        yield from (Path(directory, name) for name in files if name.endswith(".py"))


def test_values_are_called_by_the_nouns_of_their_field() -> None:
    places: dict[str, list[str]] = {}
    for folder in ALLOWED:
        places[folder] = []
        for path in _modules(ROOT / folder):
            text = path.read_text(encoding="utf-8")
            if _is_suspect(text):
                where = path.relative_to(ROOT)
                places[folder] += [f"{where}:{line} {name}" for line, name in dialect(ast.parse(text))]
    counts = {folder: len(lines) for folder, lines in places.items()}
    grown = {folder: sorted(lines) for folder, lines in places.items() if len(lines) > ALLOWED[folder]}
    assert not grown, "\n".join(line for lines in grown.values() for line in lines)
    assert counts == ALLOWED, f"The names got better: write into the table {counts}"


def test_the_test_sees_every_way_to_assign() -> None:
    source = """
told = 1
self._found: int = 2
KNOWN = 3
HELD = "held"
for one, (good, _) in []: pass
def check(asked, *given, seen=1, **held): return lambda taken: taken
with open("f") as made: pass
try: pass
except OSError as said: pass
match told:
    case {"a": begun, **began}: pass
def alone(left): pass
def pair(left, right): pass
[heard for heard in ()]
import json as got
def known(): pass
class Seen: pass
told.found(one=1)
"""
    names = Counter(name for _, name in dialect(ast.parse(source)))
    assert sorted(names.elements()) == sorted(
        [
            *("told", "_found", "KNOWN", "one", "good", "asked", "given", "seen", "held", "taken"),
            *("made", "said", "begun", "began", "left", "heard", "got", "known", "Seen"),
        ]
    )


# A test's name is a sentence: subject, verb and condition. It is read before the body, in a list of failures.
_TEST = re.compile(r"^ *(?:async )?def test_(\w+)\(", re.MULTILINE)
# A name that begins so continues the test above, or has no subject.
FRAGMENTS = {
    *("nor", "and", "or", "but", "so", "not", "it", "its", "they", "their", "that", "those", "these"),
    *("he", "she", "his", "her", "who", "whoever", "whose", "what", "whatever", "which", "how", "where"),
    *("when", "while", "if", "unless", "until", "after", "before", "with", "without", "for", "of", "in"),
    *(
        "on",
        "at",
        "by",
        "as",
        "under",
        "over",
        "among",
        "nobody",
        "here",
        "also",
        "too",
        "again",
        "otherwise",
    ),
}
PUZZLES = {
    *("told", "said", "heard", "hears", "seen", "begun", "made", "taken", "anew"),
    *("somebody", "someone", "anybody", "everybody", "nobody", "whoever"),
}


def is_sentence(name: str) -> bool:
    words = name.split("_")
    return len(words) > 2 and words[0] not in FRAGMENTS and PUZZLES.isdisjoint(words)


def test_every_test_is_named_by_a_sentence() -> None:
    puzzles = [
        f"{path.relative_to(ROOT)}: test_{name}"
        for folder in ("tests", "examples")
        for path in _modules(ROOT / folder)
        for name in _TEST.findall(path.read_text(encoding="utf-8"))
        if not is_sentence(name)
    ]
    assert not puzzles, "Say subject, verb and condition:\n" + "\n".join(puzzles)


@pytest.mark.parametrize(
    "name",
    [
        "list",
        "not_found",
        "nor_that_it_has_given_something_back",
        "where_nobody_knows_it_has",
        "order_is_told",
    ],
)
def test_fragment_is_no_sentence(name: str) -> None:
    assert not is_sentence(name)


@pytest.mark.parametrize("name", ["list_prints_the_customers_orders", "missing_order_is_not_found"])
def test_subject_and_verb_are_a_sentence(name: str) -> None:
    assert is_sentence(name)
