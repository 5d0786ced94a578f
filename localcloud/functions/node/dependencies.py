"""What a function's ``package.json`` names and that is not installed: npm does it, as for ``sam build``.

The person's folder is left alone: packages are installed into this machine's cache, once for each content
of ``package.json`` and its lock.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from localcloud.functions.node.needs import document, is_installed
from localcloud.functions.node.program import installed
from localcloud.functions.node.store import QUIET, FolderStore, NotInstalled, key_of, npm

_LOCKS: Final = ("package-lock.json", "npm-shrinkwrap.json")


def undone(code: Path) -> list[str]:
    """Return the dependencies that a folder's ``package.json`` names and that are not installed.

    They may be in ``node_modules`` of the folder, or of one above it.
    """
    names = document(code / "package.json").get("dependencies")
    return (
        [str(name) for name in names if not is_installed(str(name), code)] if isinstance(names, dict) else []
    )


def folder_of_packages(code: Path) -> Path:
    """Return the folder whose ``package.json`` a bundle of some code is built with: its own, or one above.

    So esbuild looks for packages; it goes no further than the project, which ends at ``.git``.
    """
    for folder in (code, *code.parents):
        if (folder / "package.json").is_file():
            return folder
        if (folder / ".git").exists() or folder == Path.home():
            break
    return code


async def installed_for(
    name: str, code: Path, store: FolderStore, say: Callable[[str], None], whole: Path | None = None
) -> Path | None:
    """Return a ``node_modules`` folder with what is missing beside a function's code; None for nothing.

    Parameters
    ----------
    name : str
        The function's.
    whole : Path, optional
        The folder of the project's ``package.json``, where the code has none of its own.

    Raises
    ------
    NotInstalled
        npm fails; the message says what to do.
    """
    code = whole or code
    missing = undone(code)
    if not missing:
        return None
    files = [path for name in ("package.json", *_LOCKS, ".npmrc") if (path := code / name).is_file()]
    locked = any(path.name in _LOCKS for path in files)

    async def fill(folder: Path) -> None:
        say(f"installing what the package.json of {name} names (npm, once): {', '.join(missing)}")
        for path in files:
            shutil.copy(path, folder)
        how = ["ci"] if locked else ["install", "--no-package-lock"]
        # The scripts of a whole project are for what is not installed here, such as its hooks.
        scripts = [] if whole is None else ["--ignore-scripts"]
        await npm(folder, *how, "--omit=dev", *scripts, *QUIET)

    try:
        version = str(installed().major).encode()
        key = key_of("packages", [version, *(path.read_bytes() for path in files)])
        return await store.folder(key, fill) / "node_modules"
    except (NotInstalled, OSError) as error:
        raise NotInstalled(
            f"what its package.json names cannot be installed ({error}): run npm install in its folder"
        ) from error
