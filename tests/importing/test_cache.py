"""What modules compile while they are imported is kept, and is what they would have compiled."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localcloud.importing import ImportCache

PATTERNS: list[tuple[str | bytes, int]] = [
    (r"(?P<day>\d+)-(?P<month>\w+)?(x)", re.IGNORECASE),
    (rb"[^\x00-\x20]+(?=;)", 0),
    (r"(?i:a|bc)*?\b$", re.MULTILINE | re.DOTALL),
    ("é[à-ü]", re.ASCII),
]


@contextmanager
def installed(folder: Path) -> Iterator[None]:
    cache = ImportCache(folder, "test")
    cache.install()
    try:
        yield
    finally:
        cache.finish()


def compiled(pattern: str | bytes, flags: int) -> re.Pattern[str] | re.Pattern[bytes]:
    re.purge()
    return re.compile(pattern, flags)


@pytest.mark.parametrize("time", ["first", "second"])
def test_patterns_are_those_of_re(tmp_path: Path, time: str) -> None:
    expected = [compiled(*pattern) for pattern in PATTERNS]
    with installed(tmp_path):
        ours = [compiled(*pattern) for pattern in PATTERNS]
    if time == "second":
        with installed(tmp_path):
            ours = [compiled(*pattern) for pattern in PATTERNS]
    re.purge()
    assert ours == expected  # by pattern, flags and code
    assert [each.groupindex for each in ours] == [each.groupindex for each in expected]
    assert [each.groups for each in ours] == [each.groups for each in expected]


def test_dataclass_of_the_cache_behaves_as_any_other(tmp_path: Path) -> None:
    for _ in range(2):
        with installed(tmp_path):

            @dataclasses.dataclass(frozen=True, order=True)
            class Point:
                x: int
                y: list[int] = dataclasses.field(default_factory=list)

        assert Point(1, [2]) == Point(1, [2])
        assert Point(1) < Point(2)
        assert repr(Point(1)).endswith("Point(x=1, y=[])")
        with pytest.raises(dataclasses.FrozenInstanceError):
            Point(1).x = 2  # type: ignore[misc]


def test_faulty_pattern_fails_as_ever(tmp_path: Path) -> None:
    with installed(tmp_path), pytest.raises(re.error):
        compiled("(", 0)


def test_modules_are_as_they_were_afterwards(tmp_path: Path) -> None:
    before = re._compiler.compile  # type: ignore[attr-defined]
    with installed(tmp_path):
        pass
    assert re._compiler.compile is before  # type: ignore[attr-defined]
    assert "exec" not in vars(dataclasses)


@pytest.mark.parametrize("content", [b"", b"\xff\x00nonsense", b"i\x01\x00\x00\x00"])
def test_broken_file_is_replaced(tmp_path: Path, content: bytes) -> None:
    with installed(tmp_path):
        compiled("abc", 0)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(content)
    with installed(tmp_path):
        compiled("abc", 0)
    assert file.read_bytes() == whole


def test_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with installed(tmp_path / "file"):
        compiled("abd", 0)


def test_file_drops_entries_that_are_no_longer_used(tmp_path: Path) -> None:
    with installed(tmp_path):
        for number in range(20):
            compiled(f"old{number}", 0)
    (file,) = tmp_path.iterdir()
    large = file.stat().st_size
    with installed(tmp_path):
        compiled("new", 0)
    assert file.stat().st_size < large
