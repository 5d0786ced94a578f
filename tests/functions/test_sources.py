"""Where code comes from: deployed artefacts and layers, or folders that are being edited."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from localcloud.functions import EngineUnavailable, SourceTree
from localcloud.functions.sources import EditWatch, stamps_of, unpack
from tests.functions.conftest import Bench
from tests.functions.fakes import FakeControl
from tests.functions.helpers import BOTH, names_in, until, value, ways

RETURNS = "def handler(event, context):\n    return {}\n"


@pytest.fixture(params=ways(True))
def forked(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def test_artefact_runs_with_its_layers(bench: Bench) -> None:
    control = bench.world.control
    digest, location = control.upload(
        {"app.py": "import shelf, mine\nhandler = lambda e, c: [shelf.x, mine.x]"}
    )
    control.archives["memory:arn:first:1"] = zipped(
        control, {"python/shelf.py": "x = 1", "python/mine.py": "x=0"}
    )
    control.archives["memory:arn:second:4"] = zipped(control, {"python/mine.py": "x = 2"})
    control.define(
        "app",
        "app.handler",
        code_sha256=digest,
        code_location=location,
        layers=("arn:first:1", "arn:second:4"),
    )
    assert value(await bench.service.invoke("app", b"{}")) == [1, 2]


async def test_updated_artefact_replaces_the_environments(bench: Bench) -> None:
    control = bench.world.control
    for expected in (1, 2):
        digest, location = control.upload({"app.py": RETURNS.format(expected)})
        control.define("app", "app.handler", code_sha256=digest, code_location=location)
        await bench.service.refresh()
        assert value(await bench.service.invoke("app", b"{}")) == expected


async def test_package_of_another_version_is_refused(bench: Bench) -> None:
    digest, _ = bench.world.control.upload({"app.py": RETURNS.format(1)})
    _, newer = bench.world.control.upload({"app.py": RETURNS.format(2)})
    bench.world.control.define("app", "app.handler", version="1", code_sha256=digest, code_location=newer)
    with pytest.raises(EngineUnavailable, match="the package of version 1 is not the one it was published"):
        await bench.service.invoke("app:1", b"{}")


async def test_artefact_that_is_no_zip_is_named(bench: Bench) -> None:
    control = bench.world.control
    digest, location = control.keep(b"not a zip")
    control.define("app", "app.handler", code_sha256=digest, code_location=location)
    with pytest.raises(
        EngineUnavailable, match="Function app cannot be read from the engine: File is not a zip"
    ):
        await bench.service.invoke("app", b"{}")


async def test_downloads_are_removed_with_the_service(bench: Bench) -> None:
    digest, location = bench.world.control.upload({"app.py": "import os\nhandler = lambda e, c: os.getcwd()"})
    bench.world.control.define("app", "app.handler", code_sha256=digest, code_location=location)
    folder = Path(value(await bench.service.invoke("app", b"{}")))
    assert "app.py" in names_in(folder)
    await bench.service.stop()
    assert folder.parent.name not in names_in(folder.parent.parent)


@BOTH
async def test_edit_is_live_within_the_same_second_and_size(bench: Bench, tmp_path: Path) -> None:
    bench.world.control.define("app", "app.handler")
    bench.service.use_sources({"app": SourceTree(tmp_path)})
    for expected in (1, 2, 3):
        write(tmp_path / "app.py", RETURNS.format(expected))
        assert value(await bench.service.invoke("app", b"{}")) == expected
    assert names_in(tmp_path) == ["app.py"]  # no __pycache__ in a person's sources


async def test_edit_behind_a_linked_folder_is_live(bench: Bench, tmp_path: Path) -> None:
    package, code = tmp_path / "shared", tmp_path / "code"
    for folder in (package, code):
        make(folder)
    link(code / "shared", package)
    write(code / "app.py", "import shared.rules\ndef handler(event, context):\n    return shared.rules.x\n")
    bench.world.control.define("app", "app.handler")
    bench.service.use_sources({"app": SourceTree(code)})
    for expected in (1, 2):
        write(package / "rules.py", f"x = {expected}\n")
        assert value(await bench.service.invoke("app", b"{}")) == expected


@BOTH
async def test_running_invocation_finishes_after_an_edit(bench: Bench, tmp_path: Path) -> None:
    code, meeting = tmp_path / "code", tmp_path / "meeting"
    for folder in (code, meeting):
        make(folder)
    text = (Path(__file__).with_name("handlers") / "basic.py").read_text("utf-8")
    write(code / "app.py", text)
    bench.world.control.define("app", "app.rendezvous")
    bench.service.use_sources({"app": SourceTree(code)})
    event = json.dumps({"folder": str(meeting), "count": 2}).encode()
    running = asyncio.create_task(bench.service.invoke("app", event))
    await until(lambda: names_in(meeting))
    write(code / "app.py", text + "\n# edited\n")
    newer = value(await bench.service.invoke("app", event))
    assert value(await running) != newer


def test_watch_reads_the_files_at_intervals(tmp_path: Path) -> None:
    now = 0.0
    watch = EditWatch(0.3, clock=lambda: now)
    tree = SourceTree(tmp_path)
    empty = watch.fingerprint(tree)
    write(tmp_path / "app.py", "x = 1")
    now = 0.29
    assert watch.fingerprint(tree) == empty
    now = 0.3
    assert watch.fingerprint(tree) != empty


def test_circular_links_end(tmp_path: Path) -> None:
    write(tmp_path / "app.py", "")
    write(tmp_path / "notes.txt", "")
    link(tmp_path / "again", tmp_path)
    assert sorted(stamps_of(tmp_path)) == [str(tmp_path), str(tmp_path / "app.py")]


def test_every_kind_of_edit_changes_the_fingerprint(tmp_path: Path) -> None:
    watch = EditWatch(0.0)
    tree = SourceTree(tmp_path)
    package = tmp_path / "package"
    states = [watch.fingerprint(tree)]

    def changed() -> bool:
        states.append(watch.fingerprint(tree))
        return watch.fingerprint(tree) == states[-1] and states[-1] not in states[:-1]

    write(tmp_path / "app.py", "x = 1")
    assert changed()
    write(tmp_path / "app.py", "x = 22")
    assert changed()
    make(package)
    write(package / "rules.py", "")
    assert changed()
    write(package / "more.py", "")
    assert changed()
    (package / "rules.py").rename(package / "other.py")
    assert changed()
    (package / "more.py").unlink()
    assert changed()
    write(tmp_path / "notes.txt", "no code")
    assert not changed()
    assert states[-1] == states[-2]


def test_archive_cannot_write_outside_its_folder(tmp_path: Path) -> None:
    unpack(zipped(FakeControl(), {"../evil.py": "", "/abs.py": ""}), tmp_path / "code")
    assert names_in(tmp_path) == ["code"]
    assert sorted(names_in(tmp_path / "code")) == ["abs.py", "evil.py"]


def zipped(control: FakeControl, files: dict[str, str]) -> bytes:
    _, location = control.upload(files)
    return control.archives[location]


def write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def make(folder: Path) -> None:
    folder.mkdir()


def link(path: Path, target: Path) -> None:
    path.symlink_to(target, target_is_directory=True)
