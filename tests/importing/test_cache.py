"""What modules compile while they are imported is kept, and is what they would have compiled."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from localcloud.importing import ImportCache, code_digest, remembered

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


def test_methods_of_a_dataclass_have_its_types(tmp_path: Path) -> None:
    for _ in range(2):
        with installed(tmp_path):
            point = dataclasses.make_dataclass("Point", [("x", int)])
        assert point.__init__.__annotations__ == {"x": int, "return": None}  # type: ignore[misc]


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


def test_entry_of_a_damaged_file_is_not_used(tmp_path: Path) -> None:
    with installed(tmp_path):
        remembered("source", lambda: "right")
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes().replace(b"right", b"wrong"))
    with installed(tmp_path):
        assert remembered("source", lambda: "right") == "right"


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


def test_result_is_worked_out_once_while_its_source_is_the_same(tmp_path: Path) -> None:
    calls: list[str] = []

    def read(source: str) -> dict[str, list[object]]:
        def work() -> dict[str, list[object]]:
            calls.append(source)
            return {source: [1, True, None, "é"]}

        return remembered(source, work)

    for _ in range(2):
        with installed(tmp_path):
            assert [read("a"), read("b"), read("a")] == [{n: [1, True, None, "é"]} for n in ("a", "b", "a")]
    assert calls == ["a", "b"]
    read("a")
    assert calls[2:] == ["a"]  # nothing is installed


def test_result_belongs_to_its_caller_alone(tmp_path: Path) -> None:
    with installed(tmp_path):
        remembered("list", lambda: [1]).append(2)
        assert remembered("list", lambda: [1]) == [1]


def test_failure_and_objects_are_not_kept(tmp_path: Path) -> None:
    def fail() -> int:
        raise ValueError("no")

    with installed(tmp_path):
        for _ in range(2):
            with pytest.raises(ValueError, match="no"):
                remembered("bad", fail)
        thing = object()
        assert remembered("object", lambda: thing) is thing


def test_digest_changes_when_code_does(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    before = code_digest(tmp_path)
    (tmp_path / "a.py").write_text("2")
    assert code_digest(tmp_path) != before
