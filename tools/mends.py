"""Which names of MiniStack's the engine needs, and which of them another version of it would break.

    python tools/mends.py                    say whether localcloud/engine/mends.lock is up to date
    python tools/mends.py --write            rewrite it, from what an engine reads and replaces
    python tools/mends.py --against 1.5.40   fetch that MiniStack, and say what became of each name

The lock lists each name with its signature, the hash of its body, and what replaces or reads it: the facade
in localcloud/engine/ministack that alone assigns it, the mends that make up the patch, and why. A body's
hash is that of its syntax tree: comments, docstrings and layout do not count. Nothing of the other version
is run.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.mend_definitions import Name, Read, define

ROOT: Final = Path(__file__).resolve().parent.parent
LOCK: Final = ROOT / "localcloud" / "engine" / "mends.lock"
PYTHON: Final = ROOT / ".venv-engine" / "bin" / "python"
HEAD: Final = (
    "# What the engine needs of MiniStack's insides. `python tools/mends.py --write` writes this file.\n"
)


@dataclass(frozen=True)
class Entry:
    """A name in the lock.

    Attributes
    ----------
    patched_by
        The facade's attribute that is assigned to the name: none where it is only read, and never two.
    chain
        What that consists of, innermost first: mends, and modules of the engine.
    why, upstream
        What the patch is for, and where MiniStack's project was asked for it.
    """

    module: str
    name: str
    definition: Name
    patched_by: tuple[str, ...]
    read_by: tuple[str, ...]
    chain: tuple[str, ...] = ()
    why: str = ""
    upstream: str = ""


def compare(entries: Sequence[Entry], read: Read) -> list[tuple[Entry, str]]:
    """Return the names that another source lacks or defines otherwise, each with what became of it."""
    changed = []
    for entry in entries:
        then, now = entry.definition, define(read, entry.module, entry.name)
        if now is None:
            changed.append((entry, "is gone"))
        elif now.signature != then.signature or now.kind != then.kind:
            changed.append((entry, f"was {then.kind} {then.signature}, is {now.kind} {now.signature}"))
        elif now.body != then.body:
            changed.append((entry, "has another body"))
    return changed


def parse(text: str) -> list[Entry]:
    """Return the names of a lock file."""
    return [
        Entry(
            each["module"],
            each["name"],
            Name(each["kind"], each["signature"], each["body"]),
            tuple(each["patched_by"]),
            tuple(each["read_by"]),
            tuple(each["chain"]),
            each["why"],
            each["upstream"],
        )
        for each in tomllib.loads(text).get("name", [])
    ]


def render(version: str, entries: Sequence[Entry], mends: dict[str, dict[str, str]]) -> str:
    """Return the lock file's text."""
    lines = [HEAD, f"ministack = {json.dumps(version)}\n"]
    for entry in entries:
        values = {
            "module": entry.module,
            "name": entry.name,
            "kind": entry.definition.kind,
            "signature": entry.definition.signature,
            "body": entry.definition.body,
            "patched_by": list(entry.patched_by),
            "read_by": list(entry.read_by),
            "chain": list(entry.chain),
            "why": entry.why,
            "upstream": entry.upstream,
        }
        lines.append("[[name]]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
        lines.append("")
    for name, about in mends.items():
        lines.append(f"[mend.{json.dumps(name)}]")
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in about.items()]
        lines.append("")
    return "\n".join(lines)


def read_ledger() -> dict[str, Any]:
    """Return what an engine needs that is put together in a process of its own."""
    command = [str(PYTHON), "-m", "localcloud.engine.ledger"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"mends: the engine cannot be put together: {done.stderr.strip()[-500:]}")
    ledger: dict[str, Any] = json.loads(done.stdout)
    return ledger


def current() -> str:
    """Return the lock as it is now."""
    ledger = read_ledger()
    sources = Path(ledger["sources"])

    @cache
    def read(module: str) -> ast.Module | None:
        path = sources.joinpath(*module.split("."))
        files = (path.with_suffix(".py"), path / "__init__.py")
        return next((ast.parse(file.read_bytes()) for file in files if file.is_file()), None)

    entries = [
        Entry(
            use["module"],
            use["name"],
            define(read, use["module"], use["name"]) or Name("set at run time", "", ""),
            tuple(use["patched_by"]),
            tuple(use["read_by"]),
            tuple(use["chain"]),
            use["why"],
            use["upstream"],
        )
        for use in ledger["names"]
    ]
    return render(ledger["version"], entries, ledger["mends"])


def fetch(version: str, folder: Path) -> Read:
    """Download a MiniStack; return what reads its modules."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    done = subprocess.run(
        [*command, "--dest", str(folder), f"ministack=={version}"],
        capture_output=True,
        text=True,
        check=False,
    )
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        last_line = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [
            done.stderr.strip()
        ]
        raise SystemExit(f"mends: MiniStack {version} cannot be fetched: {last_line[-1]}")
    archive = zipfile.ZipFile(wheels[0])
    names = frozenset(archive.namelist())

    @cache
    def read(module: str) -> ast.Module | None:
        path = module.replace(".", "/")
        files = (f"{path}.py", f"{path}/__init__.py")
        return next((ast.parse(archive.read(file)) for file in files if file in names), None)

    return read


def report(version: str, entries: Sequence[Entry], changed: Sequence[tuple[Entry, str]]) -> Iterator[str]:
    """Yield the lines that say what another version breaks, by what needs it."""
    if not changed:
        yield f"MiniStack {version} defines all {len(entries)} names as the lock has them"
        return
    for entry, what in changed:
        users = [*(f"{user} (replaces it)" for user in entry.chain), *entry.read_by]
        yield f"{entry.module}.{entry.name} {what}: {', '.join(users)}"
    yield f"{len(changed)} of {len(entries)} names are otherwise in MiniStack {version}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code: 1 where something is otherwise."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--write", action="store_true", help="rewrite the lock")
    choice.add_argument("--against", metavar="VERSION", help="a version of MiniStack on PyPI")
    options = parser.parse_args(arguments)
    if options.against:
        entries = parse(LOCK.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory() as folder:
            changed = compare(entries, fetch(options.against, Path(folder)))
        print("\n".join(report(options.against, entries, changed)))
        return 1 if changed else 0
    text = current()
    if options.write:
        LOCK.write_text(text, encoding="utf-8")
    elif text != LOCK.read_text(encoding="utf-8"):
        print("mends: localcloud/engine/mends.lock is not up to date: run `python tools/mends.py --write`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
