"""Handlers in TypeScript: bundled by esbuild, as ``sam build`` does it for ``BuildMethod: esbuild``."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from localcloud.functions.model import FunctionDefinition, SourceTree
from localcloud.functions.node.needs import SCRIPTS
from localcloud.functions.node.program import installed
from localcloud.functions.node.store import QUIET, FolderStore, NotInstalled, key_of, npm, run

ESBUILD: Final = "0.25.12"
KEPT_SECONDS: Final = 7 * 24 * 3600.0
SOURCES: Final = (".ts", ".mts", ".cts", ".tsx")
# What the runtime brings stays out of a bundle.
_EXTERNAL: Final = ("--external:@aws-sdk/*", "--external:@smithy/*", "--external:aws-sdk")


def source_of(code: Path, handler: str) -> Path | None:
    """Return the TypeScript source of a handler; None where its module is JavaScript, or is not there.

    A bundle lies at the top whatever folder its source is in, so that one of the name may be anywhere.
    """
    folder, _, last = handler.rpartition("/")
    name = last.partition(".")[0]
    if not name or any((code / folder / f"{name}{ending}").is_file() for ending in ("", *SCRIPTS)):
        return None
    files = [code / folder / f"{name}{ending}" for ending in SOURCES]
    beside = next((path for path in files if path.is_file()), None)
    if beside is not None or folder:
        return beside
    below = list(files_below(code, {f"{name}{ending}" for ending in SOURCES}))
    return below[0] if len(below) == 1 else None


def files_below(code: Path, names: Collection[str]) -> Iterator[Path]:
    """Yield the files of some names, without looking into packages."""
    for folder, below, files in os.walk(code):
        below[:] = [name for name in below if name != "node_modules" and not name.startswith(".")]
        yield from (Path(folder, name) for name in files if name in names)


async def bundled(
    function: FunctionDefinition,
    tree: SourceTree,
    source: Path,
    fingerprint: str,
    packages: Path | None,
    *,
    store: FolderStore,
    say: Callable[[str], None],
) -> Path:
    """Return a folder in which a handler's bundle lies where its name says.

    Parameters
    ----------
    fingerprint : str
        Stands for the state of the code.
    packages : Path, optional
        A ``node_modules`` folder beside the code's own.

    Raises
    ------
    NotInstalled
        esbuild cannot be installed, or refuses the code.
    """
    code = tree.code

    async def tool(folder: Path) -> None:
        say(f"installing esbuild {ESBUILD} (npm, once)")
        (folder / "package.json").write_text('{"private": true}')
        await npm(folder, "install", "--ignore-scripts", "--no-package-lock", *QUIET, f"esbuild@{ESBUILD}")

    async def build(folder: Path) -> None:
        say(f"building {source.relative_to(code)} of {function.name} (esbuild, as sam build does)")
        forget_old(store.root)
        out = folder / function.handler.rpartition("/")[0]
        await run(
            [
                *(
                    str(esbuild),
                    str(source),
                    "--bundle",
                    "--platform=node",
                    "--format=cjs",
                    "--sourcemap=inline",
                ),
                *(f"--target=node{installed().major}", f"--outdir={out}", "--log-level=error", *_EXTERNAL),
            ],
            code,
            NODE_PATH=os.pathsep.join([] if packages is None else [str(packages)]),
        )

    esbuild = await store.folder(f"esbuild-{ESBUILD}", tool) / "node_modules/.bin/esbuild"
    state = (function.handler, str(source.relative_to(code)), fingerprint, str(packages))
    try:
        return await store.folder(key_of("bundle", [part.encode() for part in state]), build)
    except NotInstalled as error:
        raise NotInstalled(f"{source.relative_to(code)} cannot be built: {error}") from error


def forget_old(root: Path, now: float | None = None) -> None:
    """Remove the bundles that are older than a week: each edit leaves one behind."""
    before = (now or time.time()) - KEPT_SECONDS
    for folder in root.glob("bundle-*"):
        with suppress(OSError):  # another local cloud does so as well
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder)
