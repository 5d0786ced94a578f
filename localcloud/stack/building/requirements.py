"""``requirements.txt``: which packages it wants, and what says so.

Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from localcloud.stack.document import read_text

FILE: Final = "requirements.txt"
# What AWS's Python runtimes bring: a file that wants no more than that needs no installation here.
_PROVIDED: Final = {"boto3", "botocore", "jmespath", "s3transfer", "python-dateutil", "six", "urllib3"}
_NAMED: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:>=\s*([0-9][0-9.]*))?\s*")
_NAME: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)")
_MORE: Final = re.compile(r"(?:-r|--requirement)[ =]?\s*(\S+)")
_LIMITS: Final = re.compile(r"(?:-c|--constraint)[ =]?\s*(\S+)")
_FOLDER: Final = re.compile(r"(?:-e\s+|--editable[ =]\s*)?(\.{1,2}(?:/\S*)?)$")


@dataclass(frozen=True)
class Requirements:
    """What a folder's ``requirements.txt`` asks for.

    Attributes
    ----------
    lines
        The lines that are neither provided by the runtime nor in the folder already.
    files
        The file, and those that it names.
    folders
        Local projects that it names.
    """

    lines: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()


def read_requirements(folder: Path) -> Requirements:
    """Return what a folder's ``requirements.txt`` asks for; nothing when there is none.

    Raises
    ------
    localcloud.stack.document.TemplateError
        It cannot be read.
    """
    first = folder / FILE
    if not first.is_file():
        return Requirements()
    lines: list[tuple[str, Path]] = []
    files: list[Path] = []
    pending = [first]
    while pending:
        path = pending.pop().resolve()
        if path in files or not path.is_file():
            continue
        files.append(path)
        for line in _lines(path):
            more, limits = _MORE.match(line), _LIMITS.match(line)
            if more is not None:
                pending.append(path.parent / more[1])
            elif limits is not None:
                files += [path_ for path_ in [(path.parent / limits[1]).resolve()] if path_.is_file()]
            else:
                lines.append((line, path.parent))
    folders = [base / match[1] for line, base in lines if (match := _FOLDER.match(line))]
    required = [line for line, _ in lines if not line.startswith("--") or line.startswith("--editable")]
    installed = {_plain(path.name.partition("-")[0]) for path in folder.glob("*.dist-info")}
    missing = [line for line in required if not _is_there(line, installed)]
    return Requirements(tuple(missing), tuple(files), tuple(folders))


def _lines(path: Path) -> list[str]:
    """Return the lines of a file, without comments, those that go on in the next one joined."""
    joined = read_text(path).replace("\\\n", " ")
    lines = (" ".join(re.sub(r"(^|\s)#.*", "", line).split()) for line in joined.splitlines())
    return [line for line in lines if line]


def _is_there(line: str, installed: set[str]) -> bool:
    name = _NAME.match(line)
    if name is not None and _plain(name[1]) in installed:
        return True
    match = _NAMED.fullmatch(line.partition(";")[0])
    return match is not None and _plain(match[1]) in _PROVIDED and _new_enough(match[1], match[2])


def _new_enough(name: str, least: str | None) -> bool:
    try:
        return least is None or _numbers(metadata.version(name)) >= _numbers(least)
    except metadata.PackageNotFoundError:
        return least is None


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _plain(name: str) -> str:
    """Return a package's name as all its spellings have it.

    Examples
    --------
    >>> _plain("aws_lambda.Powertools")
    'aws-lambda-powertools'
    """
    return re.sub(r"[-_.]+", "-", name).lower()
