"""What a start compiles and reads each time, in a file that outlasts the process.

The key of an entry is its whole source: the pattern with its flags, or the text of the methods. So none is
ever out of date; another Python has a file of its own. A file that cannot be read or written is none.
"""

from __future__ import annotations

import builtins
import contextlib
import dataclasses
import hashlib
import marshal
import os
import re
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any, Final, TypeVar, cast

from localcloud.folders.cache import cache_folder

_Result = TypeVar("_Result")
_Pattern = tuple[int, list[int], int, dict[str, int], tuple[str | None, ...]]
_Key = tuple[str | bytes, int, bool]
# Of the file; a local cloud of another version may write another one beside it.
_FORM: Final = 2
# What a file may hold for each entry in use before the others are let go of.
_SLACK: Final = 3


_FORMAT: Final = b"localcloud imports 2\n"
_HEAD: Final = len(_FORMAT) + hashlib.sha256().digest_size

# Names the folder to the engine, which does not have all of our variables.
VARIABLE: Final = "LOCALCLOUD_IMPORTS"


def imports_folder() -> Path:
    """Return where the files of this machine's person are."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else cache_folder("imports")


@lru_cache
def import_cache(name: str) -> ImportCache:
    """Return the cache of this process, which has that name."""
    return ImportCache(imports_folder(), name)


_installed: Final[list[ImportCache]] = []


def remembered(source: str, work: Callable[[], _Result]) -> _Result:
    """Return what is worked out from a text, where the installed cache has it: see `ImportCache.result`."""
    return _installed[-1].result(source, work) if _installed else work()


def code_digest(*paths: Path) -> str:
    """Return a digest of code: of files, and of the modules in folders."""
    files = [file for path in paths for file in ([path] if path.is_file() else sorted(path.glob("*.py")))]
    whole = hashlib.sha256()
    for file in files:
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


class ImportCache:
    """Keeps what is compiled from `install` to `finish`.

    Parameters
    ----------
    folder
        Where the file is, or will be.
    name
        Whose: a process that imports other modules has a file of its own.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._file = folder / f"{name}-{_FORM}-{sys.implementation.cache_tag}-{sys.hexversion:x}.bin"
        self._methods: dict[str, CodeType] = {}
        self._patterns: dict[_Key, _Pattern] = {}
        self._results: dict[bytes, bytes] = {}
        self._used: set[str | bytes | _Key] = set()
        self._new = False
        self._restore: Callable[[], None] | None = None

    def install(self) -> None:
        """Take compiled entries from the file from now on, where it has them."""
        with contextlib.suppress(OSError):
            content = self._file.read_bytes()
            # What is damaged would not always fail to load: it might be another program, or none.
            if content[:_HEAD] == _head(content[_HEAD:]):
                self._methods, self._patterns, self._results = marshal.loads(content[_HEAD:])  # noqa: S302 - as .pyc
        compiler: Any = getattr(re, "_compiler", None)
        engine = getattr(compiler, "_sre", None)
        whole: Any = vars(dataclasses)
        # In its module the name stands for the builtin: whatever calls it there, this is called.
        whole["exec"] = self._execute
        before = None
        if engine is not None:
            before = compiler.compile
            compiler.compile = self._compiling(compiler, engine.compile)

        def restore() -> None:
            del whole["exec"]
            if before is not None:
                compiler.compile = before

        self._restore = restore
        _installed.append(self)

    def finish(self) -> None:
        """Write what is new, and let go of everything: what is imported later is compiled as ever."""
        if self._restore is None:
            return
        self._restore()
        self._restore = None
        _installed.remove(self)
        if self._new:
            if len(self._methods) + len(self._patterns) + len(self._results) > _SLACK * len(self._used):
                self._methods = {key: self._methods[key] for key in self._methods.keys() & self._used}
                self._patterns = {key: self._patterns[key] for key in self._patterns.keys() & self._used}
                self._results = {key: self._results[key] for key in self._results.keys() & self._used}
            with contextlib.suppress(OSError, ValueError):
                self._write(marshal.dumps((self._methods, self._patterns, self._results)))
        self._methods, self._patterns, self._results, self._used = {}, {}, {}, set()

    def result(self, source: str, work: Callable[[], _Result]) -> _Result:
        """Return what is worked out from a text: from the file, where it has been worked out before.

        Parameters
        ----------
        source
            All that the result depends on; who works differently than before has to say so in it.
        work
            Works it out. What it raises is raised, and not kept; nor is what is no plain value.
        """
        key = hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()
        kept = self._results.get(key)
        if kept is None:
            value = work()
            try:
                kept = marshal.dumps(cast("Any", value))
            except ValueError:
                return value
            if marshal.loads(kept) != value:  # noqa: S302
                return value
            self._results[key] = kept
            self._new = True
        self._used.add(key)
        result: _Result = marshal.loads(kept)  # noqa: S302
        return result

    def _write(self, content: bytes) -> None:
        """Write the file as a whole: another start may read it meanwhile."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=self._file.parent, prefix=f"{self._file.name}.")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(_head(content) + content)
            Path(name).replace(self._file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _execute(
        self, source: Any, variables: dict[str, Any] | None = None, names: Mapping[str, object] | None = None
    ) -> None:
        """Do what ``exec`` does."""
        if not isinstance(source, str):
            builtins.exec(source, variables, names)  # noqa: S102
            return
        code = self._methods.get(source)
        if code is None:
            code = self._methods[source] = compile(source, "<string>", "exec", dont_inherit=True)
            self._new = True
        self._used.add(source)
        builtins.exec(code, variables, names)  # noqa: S102

    def _compiling(self, compiler: Any, build: Callable[..., Any]) -> Callable[..., Any]:
        """Return what compiles a pattern as `re` does, in the same two steps."""
        plain = compiler.compile

        def compiled(pattern: Any, flags: int = 0) -> Any:
            if type(pattern) not in (str, bytes) or flags & re.DEBUG:
                return plain(pattern, flags)
            key = (pattern, int(flags), isinstance(pattern, bytes))
            entry = self._patterns.get(key)
            if entry is None:
                entry = self._patterns[key] = _entry(compiler, pattern, flags)
                self._new = True
            self._used.add(key)
            return build(pattern, *entry)

        return compiled


def _head(content: bytes) -> bytes:
    return _FORMAT + hashlib.sha256(content).digest()


def _entry(compiler: Any, pattern: str | bytes, flags: int) -> _Pattern:
    parsed = compiler._parser.parse(pattern, flags)
    state = parsed.state
    names: list[str | None] = [None] * state.groups
    for name, number in state.groupdict.items():
        names[number] = name
    code = [int(part) for part in compiler._code(parsed, flags)]
    return int(flags | state.flags), code, state.groups - 1, dict(state.groupdict), tuple(names)
