"""What is watched, and when a change is told."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from localcloud.stack.files import code_names, local_files
from localcloud.stack.template import read_template
from localcloud.watch import changes, stamps
from tests.localcloud.running import ROOT

NOTES = ROOT / "tests" / "localcloud" / "notes"


def put(path: Path, text: str) -> None:
    """Write a file with a time of its own: file systems' clocks may stand still between two writes."""
    path.write_text(text)
    put.clock += 1_000_000_000  # type: ignore[attr-defined]
    os.utime(path, ns=(put.clock, put.clock))  # type: ignore[attr-defined]


put.clock = 1_700_000_000_000_000_000  # type: ignore[attr-defined]


async def told(following: AsyncIterator[list[Path]]) -> list[str]:
    async with asyncio.timeout(60):
        return [path.name for path in await anext(following)]


async def test_a_change_is_told_once_and_only_when_it_has_settled(tmp_path: Path) -> None:
    one, two = tmp_path / "one.js", tmp_path / "two.js"
    put(one, "1")
    looks: list[int] = []

    def paths() -> list[Path]:
        looks.append(len(looks))
        if len(looks) == 3:
            put(one, "half of")
        if len(looks) == 4:
            put(one, "half of it")
        if len(looks) == 5:
            put(two, "the other half")
        return [one, two]

    following = changes(paths, poll_seconds=0.001)
    assert await told(following) == ["one.js", "two.js"]
    assert len(looks) >= 6, "nothing is told while somebody writes"
    two.unlink()
    assert await told(following) == ["two.js"]
    put(one, "again")
    assert await told(following) == ["one.js"]


async def test_what_changes_back_at_once_is_no_change(tmp_path: Path) -> None:
    one = tmp_path / "one.js"
    put(one, "1")
    kept = one.stat()
    looks = 0

    def paths() -> list[Path]:
        nonlocal looks
        looks += 1
        if looks == 2:
            os.utime(one, ns=(1, 1))
        if looks == 3:
            os.utime(one, ns=(kept.st_atime_ns, kept.st_mtime_ns))
        if looks == 6:
            put(one, "2")
        return [one]

    assert await told(changes(paths, poll_seconds=0.001)) == ["one.js"]
    assert looks >= 7


async def test_files_that_a_template_names_anew_are_watched(tmp_path: Path) -> None:
    one, two = tmp_path / "one.js", tmp_path / "two.js"
    put(one, "1")
    put(two, "2")
    named = [one]
    following = changes(lambda: named, poll_seconds=0.001)
    waiting = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    put(one, "11")
    assert await asyncio.wait_for(waiting, 60) == [one]
    named.append(two)
    assert await told(following) == ["two.js"]


def test_a_folder_is_all_that_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "__pycache__").mkdir()
    put(tmp_path / "deep" / "a.py", "1")
    put(tmp_path / "__pycache__" / "a.pyc", "1")
    assert list(stamps([tmp_path])) == [tmp_path / "deep" / "a.py"]
    assert stamps([tmp_path / "absent"]) == {tmp_path / "absent": None}


def test_the_files_of_a_template() -> None:
    template = read_template(NOTES / "template.yaml")
    found = [(file.path.relative_to(NOTES).as_posix(), file.zipped) for file in local_files(template, NOTES)]
    assert sorted(found) == [
        ("greeter", True),
        ("js/addNote.js", False),
        ("js/board.js", False),
        ("schema.graphql", False),
    ]
    assert code_names(template, NOTES) == {
        "Mutation.addNote.js": NOTES / "js" / "addNote.js",
        "Query.board.js": NOTES / "js" / "board.js",
    }


def test_the_code_of_a_sam_template_and_of_mapping_templates() -> None:
    projects = ROOT / "tests" / "projects"
    sam = code_names(read_template(projects / "sam" / "template.yaml"), projects / "sam")
    assert sam["putEntry.js"] == projects / "sam" / "js" / "putEntry.js"
    chat = code_names(read_template(projects / "chat" / "template.yaml"), projects / "chat")
    assert chat["Query.room.request.vtl"] == projects / "chat" / "vtl" / "Query.room.request.vtl"
    assert all(path.is_file() for path in (*sam.values(), *chat.values()))
