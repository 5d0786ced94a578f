"""Deployment packages: archives whose bytes depend on what is in them alone."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from localcloud.stack.document import TemplateError

_NEVER_PACKED: Final = {
    "__pycache__",
    ".git",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".DS_Store",
    ".aws-sam",
}
# The oldest time a zip can hold: artefacts must not differ by when they were made.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield (name in the archive, file) for all files below ``folder``, links followed, in a fixed order."""
    top = os.path.join(folder, "")  # noqa: PTH118 - paths as text: a layer has a thousand files
    for root, names, files in os.walk(folder, followlinks=True):
        names[:] = sorted(name for name in names if name not in _NEVER_PACKED)
        below = os.path.join(root, "").removeprefix(top).replace(os.sep, "/")  # noqa: PTH118
        for name in sorted(files):
            if name not in _NEVER_PACKED and not name.endswith(".pyc"):
                yield f"{below}{name}", Path(f"{root}{os.sep}{name}")


def zip_folder(folder: Path, *, packages: Sequence[Path] = ()) -> bytes:
    """Return a zip of ``folder``; equal contents give equal bytes.

    Parameters
    ----------
    packages
        Folders of packages that go beside the folder's own files, which win over theirs.

    Raises
    ------
    TemplateError
        The folder is empty: AWS would refuse the function much later and less clearly.
    """
    files: dict[str, Path] = {}
    for source in (*packages, folder):
        files.update(walk(source))
    if not files:
        raise TemplateError(f"{folder}: nothing to package, the folder is empty")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            _add(archive, name, path)
    return buffer.getvalue()


def zip_file(path: Path) -> bytes:
    """Return a zip of a single file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, path.name, path)
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, path.read_bytes())
