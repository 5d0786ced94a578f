"""What is watched, and when a change is reported."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from localcloud.deploying.deployment import DeploymentTarget
from localcloud.reloading.reload import WatchedTemplate
from localcloud.reloading.watch import Snapshot, changes, stamps
from localcloud.stack.files import code_names, local_files
from localcloud.stack.template import TemplateError, read_template, resources
from tests.localcloud.running import ROOT

NOTES = ROOT / "tests" / "localcloud" / "notes"


def put(path: Path, text: str) -> None:
    """Write a file with a time of its own: file systems' clocks may stand still between two writes."""
    path.write_text(text)
    put.clock += 1_000_000_000  # type: ignore[attr-defined]
    os.utime(path, ns=(put.clock, put.clock))  # type: ignore[attr-defined]


put.clock = 1_700_000_000_000_000_000  # type: ignore[attr-defined]


class Reader:
    """A reader of files: it takes a snapshot before, and returns it at each look."""

    def __init__(self, *paths: Path) -> None:
        self.snapshot = Snapshot.of(paths)

    def __call__(self) -> Snapshot:
        return self.snapshot

    async def changes(self, following: AsyncIterator[list[Path]]) -> list[str]:
        """Wait for a change and read again."""
        async with asyncio.timeout(60):
            changed = await anext(following)
        self.snapshot = self.snapshot.again()
        return [path.name for path in changed]


async def test_edit_between_reading_and_the_first_scan_is_reported(tmp_path: Path) -> None:
    first = tmp_path / "one.js"
    put(first, "1")
    reader = Reader(first)
    put(first, "edited before the watch began")
    assert await reader.changes(changes(reader, poll_seconds=0.001)) == ["one.js"]


async def test_edit_during_a_reload_is_reported(tmp_path: Path) -> None:
    first = tmp_path / "one.js"
    put(first, "1")
    reader = Reader(first)
    following = changes(reader, poll_seconds=0.001)
    put(first, "2")
    assert await reader.changes(following) == ["one.js"]
    put(first, "3")
    assert await reader.changes(following) == ["one.js"]


async def test_change_is_reported_once_after_it_settles(tmp_path: Path) -> None:
    first, two = tmp_path / "one.js", tmp_path / "two.js"
    put(first, "1")
    looks = 0

    def reading() -> Snapshot:
        nonlocal looks
        looks += 1
        match looks:
            case 3:
                put(first, "half of")
            case 4:
                put(first, "half of it")
            case 5:
                put(two, "the other half")
        return reader.snapshot

    reader = Reader(first, two)
    following = changes(reading, poll_seconds=0.001)
    assert await reader.changes(following) == ["one.js", "two.js"]
    assert looks >= 6, "nothing is reported during writes"
    two.unlink()
    assert await reader.changes(following) == ["two.js"]
    put(first, "again")
    assert await reader.changes(following) == ["one.js"]


async def test_reverted_change_is_not_reported(tmp_path: Path) -> None:
    first = tmp_path / "one.js"
    put(first, "1")
    kept = first.stat()
    looks = 0

    def reading() -> Snapshot:
        nonlocal looks
        looks += 1
        match looks:
            case 2:
                os.utime(first, ns=(1, 1))
            case 3:
                os.utime(first, ns=(kept.st_atime_ns, kept.st_mtime_ns))
            case 6:
                put(first, "2")
        return reader.snapshot

    reader = Reader(first)
    assert await reader.changes(changes(reading, poll_seconds=0.001)) == ["one.js"]
    assert looks >= 7


async def test_unread_change_is_reported_once(tmp_path: Path) -> None:
    first = tmp_path / "one.js"
    put(first, "1")
    before = Snapshot.of([first])
    looks = 0

    def reading() -> Snapshot:
        nonlocal looks
        looks += 1
        if looks == 10:
            put(first, "3")
        return before

    following = changes(reading, poll_seconds=0.001)
    put(first, "2")
    async with asyncio.timeout(60):
        assert await anext(following) == [first]
        assert await anext(following) == [first]
    assert looks >= 10


async def test_snapshot_keeps_old_stamps_and_reads_new_files(tmp_path: Path) -> None:
    single, two, empty = tmp_path / "one.js", tmp_path / "two.js", tmp_path / "empty"
    empty.mkdir()
    put(single, "1")
    put(two, "2")
    first = Snapshot.of([single, empty])
    put(single, "11")
    put(empty / "new.py", "3")
    narrowed = first.narrowed([single, two, empty])
    assert narrowed.stamps() == {**first.stamps(), **stamps([two])}
    assert narrowed.again().stamps() == stamps([single, two, empty])
    assert list(first.narrowed([two]).stamps()) == [two]


async def test_files_added_to_a_template_are_watched(tmp_path: Path) -> None:
    first, two = tmp_path / "one.js", tmp_path / "two.js"
    put(first, "1")
    put(two, "2")
    reader = Reader(first)
    following = changes(reader, poll_seconds=0.001)
    put(first, "11")
    assert await reader.changes(following) == ["one.js"]
    reader.snapshot = reader.snapshot.narrowed([first, two])
    put(two, "22")
    assert await reader.changes(following) == ["two.js"]


def test_folder_changes_with_any_file_in_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "__pycache__").mkdir()
    put(tmp_path / "deep" / "a.py", "1")
    put(tmp_path / "__pycache__" / "a.pyc", "1")
    assert list(stamps([tmp_path])) == [tmp_path / "deep" / "a.py"]
    assert stamps([tmp_path / "absent"]) == {tmp_path / "absent": None}


def test_files_of_a_template_are_listed() -> None:
    template = read_template(NOTES / "template.yaml")
    files = [(file.path.relative_to(NOTES).as_posix(), file.zipped) for file in local_files(template, NOTES)]
    assert sorted(files) == [
        ("greeter", True),
        ("js/addNote.js", False),
        ("js/board.js", False),
        ("schema.graphql", False),
    ]
    assert code_names(template, NOTES) == {
        "Mutation.addNote.js": NOTES / "js" / "addNote.js",
        "Query.board.js": NOTES / "js" / "board.js",
    }


def test_code_of_sam_and_mapping_templates_is_listed() -> None:
    projects = ROOT / "tests" / "projects"
    sam = code_names(read_template(projects / "sam" / "template.yaml"), projects / "sam")
    assert sam["putEntry.js"] == projects / "sam" / "js" / "putEntry.js"
    chat = code_names(read_template(projects / "chat" / "template.yaml"), projects / "chat")
    assert chat["Query.room.request.vtl"] == projects / "chat" / "vtl" / "Query.room.request.vtl"
    assert all(path.is_file() for path in (*sam.values(), *chat.values()))


async def test_edit_during_a_deployment_is_reported(tmp_path: Path) -> None:
    """What `python -m localcloud` does: read, deploy, and watch only then."""
    folder = Path(shutil.copytree(NOTES, tmp_path / "notes"))
    code, path = folder / "js" / "board.js", folder / "template.yaml"
    template = WatchedTemplate(path, DeploymentTarget(folder, "notes"))
    await template.read()
    put(code, "// edited while the engine started")
    following = changes(lambda: template.snapshot, poll_seconds=0.001)
    async with asyncio.timeout(60):
        assert await anext(following) == [code]
        document = await template.read()
        put(path, path.read_text().replace("js/board.js", "js/other.js"))
        assert await anext(following) == [path]
    assert "Board" in resources(document)


async def test_unreadable_template_stays_watched_with_its_files(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(NOTES, tmp_path / "notes"))
    template = WatchedTemplate(folder / "template.yaml", DeploymentTarget(folder, "notes"))
    await template.read()
    files = set(template.snapshot.files)
    put(template.path, "Resources: [")
    with pytest.raises(TemplateError):
        await template.read()
    assert set(template.snapshot.files) == files
    assert template.snapshot.stamps() == template.snapshot.again().stamps()
