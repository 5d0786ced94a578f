"""The journal: what was acknowledged is found again, wherever an end of the process cuts."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.journal import Journal, JournalError, has_records
from localcloud.journal.files import LOG, SNAPSHOT, TEMPORARY, numbered
from localcloud.journal.frames import FRAME, MAGIC, frame, operation
from tests.examples import examples

State = dict[str, dict[str, Any]]
Change = tuple[str, str, str, Any]

NAMES = st.sampled_from(["a", "b", "ä/1"])
CHANGES = st.one_of(
    st.tuples(st.just("put"), NAMES, NAMES, st.one_of(st.integers(), st.text(max_size=40))),
    st.tuples(st.just("delete"), NAMES, NAMES, st.none()),
    st.tuples(st.just("clear"), NAMES, st.just(""), st.none()),
)
# A list of changes is written as one batch.
WRITES = st.lists(st.one_of(CHANGES, st.lists(CHANGES, max_size=4)), max_size=25)


def carry_out(journal: Journal, change: Change) -> None:
    verb, space, key, value = change
    if verb == "put":
        journal.put(space, key, value)
    elif verb == "delete":
        journal.delete(space, key)
    else:
        journal.clear(space)


def apply(state: State, change: Change) -> None:
    verb, space, key, value = change
    if verb == "put":
        state.setdefault(space, {})[key] = value
    elif verb == "delete":
        state.get(space, {}).pop(key, None)
    else:
        state.pop(space, None)


def ordered(state: State) -> dict[str, list[tuple[str, Any]]]:
    """Return a state in which the order of the keys counts."""
    return {space: list(entries.items()) for space, entries in state.items() if entries}


def contents(folder: Path) -> State:
    journal = Journal.open(folder)
    try:
        return {space: journal.take(space) for space in journal.spaces()}
    finally:
        journal.close()


def copied(folder: Path, to: Path) -> Path:
    return shutil.copytree(folder, to, ignore=shutil.ignore_patterns("lock"))


@settings(max_examples=examples(60), deadline=None)
@given(writes=WRITES, data=st.data())
def test_any_cut_of_the_log_restores_a_prefix_with_all_acknowledged_writes(
    writes: list[Change | list[Change]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as home:
        journal = Journal.open(Path(home, "whole"))
        # The state after each write, and the size of the file by which it was acknowledged.
        states: list[tuple[int, dict[str, list[tuple[str, Any]]]]] = [(len(MAGIC), {})]
        state: State = {}
        for write in writes:
            batch = write if isinstance(write, list) else [write]
            with journal.batch():
                for change in batch:
                    carry_out(journal, change)
                    apply(state, change)
            states.append((journal.log_bytes, ordered(state)))
        journal.close()
        whole = numbered(Path(home, "whole"), LOG)[0].read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        torn = Path(home, "torn")
        torn.mkdir()
        (torn / "00000000.log").write_bytes(whole[:cut])
        expected = [after for size, after in states if size <= cut] or [{}]
        assert ordered(contents(torn)) == expected[-1]
        # What is torn is gone for good: what is written now is found again.
        journal = Journal.open(torn)
        journal.put("after", "cut", cut)
        journal.close()
        assert ordered(contents(torn)) == {**expected[-1], "after": [("cut", cut)]}


@settings(max_examples=examples(40), deadline=None)
@given(writes=WRITES, data=st.data())
def test_compaction_keeps_the_state_at_every_moment(
    writes: list[Change | list[Change]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as home:
        folder = Path(home, "journal")
        journal = Journal.open(folder)
        state: State = {}
        for number, write in enumerate(writes):
            for change in write if isinstance(write, list) else [write]:
                carry_out(journal, change)
                apply(state, change)
            if not data.draw(st.booleans()):
                continue
            before = copied(folder, Path(home, f"before-{number}"))
            journal.compact()
            assert [file.suffix for file in folder.glob("0*")].count(SNAPSHOT) == 1
            assert ordered(contents(copied(folder, Path(home, f"after-{number}")))) == ordered(state)
            # Ends within: the next log is there, the snapshot is half written; then nothing is removed yet.
            half = copied(before, Path(home, f"half-{number}"))
            last = max(numbered(folder, LOG))
            (half / f"{last:08d}{LOG}").write_bytes(MAGIC)
            (half / f"{last:08d}{TEMPORARY}").write_bytes(b"half")
            both = copied(half, Path(home, f"both-{number}"))
            shutil.copy(folder / f"{last:08d}{SNAPSHOT}", both)
            assert ordered(contents(half)) == ordered(contents(both)) == ordered(state)
            assert not list(half.glob(f"*{TEMPORARY}"))
        journal.close()
        assert ordered(contents(folder)) == ordered(state)


def test_full_log_is_compacted_during_writes(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path, compact_bytes=20_000)

    def write(writer: int) -> None:
        for number in range(400):
            journal.put(f"space {writer}", str(number % 10), [number, "x" * 20])

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    assert min(numbered(tmp_path, LOG)) > 0
    assert contents(tmp_path) == {
        f"space {writer}": {str(number % 10): [number, "x" * 20] for number in range(390, 400)}
        for writer in range(4)
    }


def test_failed_batch_is_written_again_from_memory(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    with pytest.raises(KeyError), journal.batch(), journal.batch():
        journal.put("a", "b", 1)
        raise KeyError
    journal.close()
    assert contents(tmp_path) == {"a": {"b": 1}}


def test_restored_records_are_returned_once(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.put("a", "b", 1)
    journal.close()
    journal = Journal.open(tmp_path)
    assert (journal.spaces("a"), journal.take("a"), journal.take("a"), journal.spaces()) == (
        ["a"],
        {"b": 1},
        {},
        [],
    )
    journal.close()
    assert contents(tmp_path) == {"a": {"b": 1}}


def test_journal_belongs_to_one_process(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    with pytest.raises(JournalError, match="is in use by another process"):
        Journal.open(tmp_path)
    journal.close()
    Journal.open(tmp_path).close()


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (b"localcloud journal 2\n....", "is of version 2 of the journal; this one reads version 1"),
        (b"#!/bin/sh\n", "is no journal"),
        (
            MAGIC + frame(b"\x09" + operation(1, "a", "b", b"1")[1:]),
            "record of kind 9 is of a newer version",
        ),
        (MAGIC + FRAME.pack(1, 0) + b"x" + frame(operation(3, "a")), "is damaged at byte 21"),
    ],
)
def test_log_that_no_crash_can_leave_is_refused(tmp_path: Path, file: bytes, problem: str) -> None:
    (tmp_path / "00000000.log").write_bytes(file)
    with pytest.raises(JournalError, match=problem):
        Journal.open(tmp_path)


@pytest.mark.parametrize("tail", [b"\0" * 64, FRAME.pack(3, 1) + b"abc", FRAME.pack(30, 1) + b"abc", b"\1"])
def test_torn_last_frame_is_dropped(tmp_path: Path, tail: bytes) -> None:
    (tmp_path / "00000000.log").write_bytes(MAGIC + frame(operation(1, "a", "b", b"1")) + tail)
    assert contents(tmp_path) == {"a": {"b": 1}}
    assert contents(tmp_path) == {"a": {"b": 1}}


def test_damaged_snapshot_and_missing_log_are_refused(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    journal.put("a", "b", 1)
    journal.compact()
    journal.compact()
    journal.close()
    snapshot = tmp_path / "00000002.snapshot"
    snapshot.write_bytes(snapshot.read_bytes()[:-1])
    with pytest.raises(JournalError, match=r"00000002\.snapshot is damaged at byte 21"):
        Journal.open(tmp_path)
    snapshot.unlink()
    with pytest.raises(JournalError, match="lacks a log between 0 and 2"):
        Journal.open(tmp_path)


def test_failed_write_is_reported_and_leaves_no_partial_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[OSError] = []
    journal = Journal.open(tmp_path, on_failure=failures.append)
    journal.put("a", "b", 1)
    real = os.write

    def short_then_full(file: int, data: bytes) -> int:
        if len(data) > 10:
            return int(real(file, data[:10]))
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("localcloud.journal.journal.os.write", short_then_full)
        with pytest.raises(JournalError, match="No space left on device"):
            journal.put("a", "c", 2)
    assert [error.errno for error in failures] == [28]
    journal.put("a", "d", 3)
    journal.close()
    assert contents(tmp_path) == {"a": {"b": 1, "d": 3}}


def test_folder_has_records_after_the_first_write(tmp_path: Path) -> None:
    folder = tmp_path / "engine"
    assert not has_records(folder)
    journal = Journal.open(folder)
    assert not has_records(folder)
    journal.put("a", "b", 1)
    journal.close()
    assert has_records(folder)
