"""Counts the resource types of the templates in a clone of AWS's pattern collection."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from localcloud.stack.document import TemplateError, parse

SOURCE: Final = "aws-samples/serverless-patterns"
_NAME: Final = re.compile(r"\.(ya?ml|json|template)$", re.IGNORECASE)


def count(repository: Path) -> dict[str, Any]:
    """Return the document of ``docs/measured/resource-types.json``.

    Parameters
    ----------
    repository
        A git directory, or a work tree.
    """
    templates = [types for path, text in _files(repository) if (types := types_in(path, text))]
    kinds = sorted({kind for types in templates for kind in types})
    commit, date = _git(repository, "log", "-1", "--format=%H %cs").split()
    return {
        "source": SOURCE,
        "commit": commit,
        "date": date,
        "types": kinds,
        "templates": [[kinds.index(kind) for kind in sorted(types)] for types in templates],
    }


def types_in(path: Path, text: str) -> set[str]:
    """Return the types of a template; none for what is no template, or cannot be read.

    Examples
    --------
    >>> types_in(Path("a.yaml"), "Resources: {Q: {Type: AWS::SQS::Queue}}")
    {'AWS::SQS::Queue'}
    """
    if "Resources" not in text or "AWS::" not in text:
        return set()
    try:
        document = parse(text, path)
    except (TemplateError, ValueError, RecursionError):
        return set()
    resources = document.get("Resources") if isinstance(document, dict) else None
    if not isinstance(resources, dict):
        return set()
    types = [resource.get("Type") for resource in resources.values() if isinstance(resource, dict)]
    return {kind for kind in types if isinstance(kind, str)}


def _files(repository: Path) -> Iterator[tuple[Path, str]]:
    paths = [name for name in _git(repository, "ls-tree", "-rz", "--name-only", "HEAD").split("\0") if name]
    with subprocess.Popen(
        ["git", "-C", str(repository), "cat-file", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        for name in filter(_NAME.search, paths):
            reader.stdin.write(f"HEAD:{name}\n".encode())
            reader.stdin.flush()
            head = reader.stdout.readline().split()
            if len(head) != 3:
                continue  # listed, and not there
            body = reader.stdout.read(int(head[2]) + 1)
            yield Path(name), body.decode("utf-8", "replace")
        reader.stdin.close()


def _git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
