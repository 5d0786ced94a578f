"""Mutations in the sources of a project: in ``.graphql`` files, and in strings of Python and JavaScript."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphql import DocumentNode, GraphQLError, parse

from localcloud.appsync.js.scanner import ScanError, scan
from localcloud.check.finding import SourcePlace, Text
from localcloud.check.python_strings import strings

_SKIPPED: Final = frozenset({"node_modules", "dist", "build", "cdk.out", "venv", "vendor", "__pycache__"})
_SCRIPTS: Final = frozenset({".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".mts"})
_GRAPHQL: Final = frozenset({".graphql", ".gql"})
_MUTATION: Final = re.compile(r"\bmutation\b[^{]*\{")
_LARGEST: Final = 1024 * 1024


@dataclass(frozen=True)
class Document:
    """A document that holds a mutation."""

    node: DocumentNode
    text: Text


def find_documents(folders: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents with a mutation in files, and in all below folders but what is installed or built.

    Where a text is put together from several strings it is not seen.
    """
    # A link that leads back to itself is no file, and `Path.resolve` raises an error for it.
    files = (os.path.realpath(path) for folder in folders for path in _files(folder))
    for file in map(Path, dict.fromkeys(files)):
        text = _read(file)
        if text is None or "mutation" not in text:
            continue
        for text_part in _texts(file, text):
            try:
                yield Document(parse(text_part.text), text_part)
            except (GraphQLError, RecursionError):
                continue  # a text about mutations, or one with holes


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_file():
        yield folder
    visited: set[str] = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(root)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        yield from (Path(root) / name for name in sorted(names))


def _read(file: Path) -> str | None:
    if file.suffix not in {".py", *_SCRIPTS, *_GRAPHQL}:
        return None
    try:
        return file.read_text(encoding="utf-8") if file.stat().st_size <= _LARGEST else None
    except (OSError, UnicodeDecodeError):
        return None


def _texts(file: Path, text: str) -> Iterator[Text]:
    if file.suffix in _GRAPHQL:
        yield Text(text, SourcePlace(file))
    elif file.suffix == ".py":
        yield from _in_python(file, text)
    else:
        yield from _in_script(file, text)


def _in_python(file: Path, text: str) -> Iterator[Text]:
    for literal, line in strings(text):
        if _MUTATION.search(literal):
            yield Text(literal, SourcePlace(file, line))


def _in_script(file: Path, text: str) -> Iterator[Text]:
    try:
        for token in scan(text):
            if token.kind in {"string", "template"} and _MUTATION.search(token.text):
                yield Text(token.text[1:-1], SourcePlace(file, token.line))
    except ScanError:
        return  # TypeScript that the scanner of APPSYNC_JS does not know
