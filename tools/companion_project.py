"""The companion as ``chalice deploy`` is given it: a copy, with its packages and its stage's settings.

A copy, because Chalice packs whatever it finds: the caches that tests leave beside the sources would
change the package. What it carries is installed once, by its hashes, and linked into the copy's
``vendor``: Chalice's own way, ``requirements.txt``, downloads all of it again for each edit.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import string
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "chalice_app"
REQUIREMENTS = SOURCE / "requirements.txt"
PACKAGES = ROOT / "build" / "companion" / "packages"
MARKER = ".assembled"
# The oldest day that a zip can name anywhere: a package must not differ by when it was built.
_LONG_AGO = 315_619_200


class ProjectError(Exception):
    """The project cannot be put together; the message says what to do."""


def packages() -> Path:
    """Install what the package carries, unless that was done; return where it is.

    pip looks where the user's own configuration says. Only pure Python is taken: one package then serves
    every architecture, AWS's and this machine's.

    Raises
    ------
    ProjectError
        pip could not: its own words.
    """
    stamp = PACKAGES.with_suffix(".stamp")
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    PACKAGES.parent.mkdir(parents=True, exist_ok=True)
    with _locked(PACKAGES.with_suffix(".lock")):
        if not (PACKAGES.is_dir() and stamp.exists() and stamp.read_text() == wanted):
            fresh = PACKAGES.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            _install(fresh)
            stamp.unlink(missing_ok=True)
            shutil.rmtree(PACKAGES, ignore_errors=True)
            fresh.rename(PACKAGES)
            stamp.write_text(wanted)
    return PACKAGES


def _install(target: Path) -> None:
    python = ROOT / ".venv" / "bin" / "python"
    pip = [str(python) if python.exists() else sys.executable, "-m", "pip", "install", "--quiet"]
    pure = ["--only-binary", ":all:", "--implementation", "py", "--abi", "none", "--platform", "any"]
    done = subprocess.run(
        [*pip, "--no-input", "--disable-pip-version-check", *pure, "--no-deps", "--require-hashes"]
        + ["--no-compile", "--target", str(target), "-r", str(REQUIREMENTS)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise ProjectError(f"the companion's packages could not be installed; pip says:\n{tail}")
    shutil.rmtree(target / "bin", ignore_errors=True)
    _normalise(target.rglob("*"))


@contextlib.contextmanager
def alone(target: Path) -> Iterator[None]:
    """Make the folder ``target``, and let one deployment at a time work in it.

    Raises
    ------
    ProjectError
        It holds something that is not ours to replace.
    """
    target.mkdir(parents=True, exist_ok=True)
    marker = target / MARKER
    if not marker.exists() and any(entry.name != ".chalice" for entry in target.iterdir()):
        raise ProjectError(f"{target} holds other things: give a new or empty folder as --project-dir")
    with _locked(marker):
        yield


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def assemble(target: Path, *, state: Path | None = None) -> None:
    """Make ``target`` a Chalice project that holds what is to be deployed and nothing else.

    Parameters
    ----------
    target
        The folder, ours `alone`; what an earlier call left there is replaced, but for ``.chalice``.
    state
        A ``.chalice`` folder to use instead of one of ``target``'s own.

    Raises
    ------
    ProjectError
        The packages cannot be installed.
    """
    linked = target / ".chalice"
    if state is not None and not linked.exists():
        state.mkdir(exist_ok=True)
        linked.symlink_to(state.resolve(), target_is_directory=True)
    for name in ("chalicelib", "vendor"):
        shutil.rmtree(target / name, ignore_errors=True)
    vendor = target / "vendor"
    vendor.mkdir()
    for entry in sorted(packages().iterdir()):
        (vendor / entry.name).symlink_to(entry)
    shutil.copyfile(SOURCE / "app.py", target / "app.py")
    _copy(SOURCE / "chalicelib", target / "chalicelib")
    for entry in sorted((SOURCE / "vendor").iterdir()):
        _copy(entry, vendor / entry.name)
    _normalise([target / "app.py", *(target / "chalicelib").rglob("*"), *vendor.rglob("*")])


def _normalise(paths: Iterable[Path]) -> None:
    """Remove what a zip would record of when, and by whom, files were written; links are left alone."""
    for path in paths:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
            os.utime(path, (_LONG_AGO, _LONG_AGO))


def _copy(source: Path, target: Path) -> None:
    """Copy a folder in a fixed order, which is the order that its files come in the package."""
    target.mkdir()
    for entry in sorted(source.iterdir()):
        if entry.name == "__pycache__" or entry.name.startswith(".") or entry.suffix == ".pyc":
            continue
        if entry.is_dir():
            _copy(entry, target / entry.name)
        else:
            shutil.copyfile(entry, target / entry.name)


def write_settings(folder: Path, stage: str, values: Mapping[str, str]) -> list[Path]:
    """Fill in the committed ``*.in.json`` for ``stage`` and write them to the ``.chalice`` folder ``folder``.

    The other stages of a ``config.json`` that is there stay as they are.

    Parameters
    ----------
    values
        What the files' ``${Names}`` stand for.

    Raises
    ------
    ProjectError
        A name has no value.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for template in sorted((SOURCE / ".chalice").glob("*.in.json")):
        filled = _filled(json.loads(template.read_text()), {**values, "Stage": stage})
        document = cast("dict[str, object]", filled)
        name = template.name.removesuffix(".in.json")
        if name == "config":
            path = folder / "config.json"
            _switch(document)
            if path.exists():
                document["stages"] = {**_stages(json.loads(path.read_text())), **_stages(document)}
        else:
            path = folder / name.replace("policy-", f"policy-{stage}-", 1)
            path = path.with_name(f"{path.name}.json")
        path.write_text(json.dumps(document, indent=2) + "\n")
        written.append(path)
    return written


def _stages(config: Mapping[str, object]) -> dict[str, object]:
    return cast("dict[str, object]", config.get("stages", {}))


def _switch(document: dict[str, object]) -> None:
    """Make a truth of ``xray``, as Chalice wants it; the stack's outputs are texts."""
    for stage in _stages(document).values():
        if isinstance(stage, dict) and "xray" in stage:
            stage["xray"] = stage["xray"] == "true"


def _filled(value: object, values: Mapping[str, str]) -> object:
    """Return ``value`` with each ``${Name}`` in its texts, keys included, replaced."""
    if isinstance(value, str):
        try:
            return string.Template(value).substitute(values)
        except KeyError as error:
            raise ProjectError(
                f"the stack has no output {error.args[0]}: deploy this version of it first (make deploy)"
            ) from error
    if isinstance(value, list):
        return [_filled(element, values) for element in value]
    if isinstance(value, dict):
        return {str(_filled(key, values)): _filled(element, values) for key, element in value.items()}
    return value
