"""`orderwire import` without a server: what is shown, what it ends with, and what Ctrl-C does."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from clients import imports as module
from clients.cli import imports as cli
from clients.cli.exits import Exit, exit_for
from clients.client import OrderClient
from clients.errors import BadSettings, ImportNotFound, ImportProblem, Unavailable
from clients.failures import from_errors
from clients.imports import Import, ImportDesk
from clients.uploading import Upload

ID = "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"


def document(status: str, version: int, **more: Any) -> dict[str, Any]:
    plain = {"reason": None, "detail": None, "lines": 3, "accepted": 0, "repeated": 0, "refused": 0}
    return {"id": ID, "status": status, "version": version, **plain, "refusals": [], **more}


REFUSED = {"line": 3, "code": "REQUIRED", "reason": "sku: is required"}
STATES = (
    document("RUNNING", 2, accepted=1),
    document("RUNNING", 3, accepted=1, refused=1, refusals=[REFUSED]),
    document("COMPLETED", 4, accepted=2, refused=1, refusals=[REFUSED]),
)


class FakeDesk:
    """Follows the states; without a final one it waits for ever after the last."""

    def __init__(self, *states: dict[str, Any]) -> None:
        self.states = [Import.parse(state) for state in states]
        self.cancelled = False
        self.waiting = asyncio.Event()

    async def follow(self, import_id: str) -> AsyncGenerator[Import, None]:
        for state in self.states:
            yield state
        if not self.states[-1].final and not self.cancelled:
            self.waiting.set()
            await asyncio.Event().wait()
        yield Import.parse(document("CANCELLED", 9, accepted=1))

    async def cancel(self, import_id: str) -> Import:
        self.cancelled = True
        return Import.parse(document("CANCELLING", 8))

    async def find(self, import_id: str) -> Import:
        return self.states[-1]


def options(**more: object) -> argparse.Namespace:
    nothing = {"file": None, "status": None, "cancel": None, "report": None, "detach": False}
    return argparse.Namespace(**{**nothing, **more})


async def run(desk: FakeDesk, *, as_json: bool = False, **more: object) -> tuple[Exit, str]:
    out = io.StringIO()
    client = cast(OrderClient, SimpleNamespace(api=SimpleNamespace(imports=desk)))
    code = await cli.run_import(options(**more), client, Console(file=out, width=200), as_json=as_json)
    return code, out.getvalue()


async def test_refused_lines_are_printed_once_as_they_arrive() -> None:
    code, out = await run(FakeDesk(*STATES), cancel=ID)
    assert code is Exit.REFUSED
    assert out.splitlines() == [
        "RUNNING  3 lines: 1 accepted, 0 repeated, 0 refused",
        "line 3 refused: sku: is required",
        "RUNNING  3 lines: 1 accepted, 0 repeated, 1 refused",
        "COMPLETED  3 lines: 2 accepted, 0 repeated, 1 refused",
    ]


async def test_json_output_has_an_object_per_line_without_addresses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    final = {**STATES[2], "reportUrl": "https://bucket/report?X-Amz-Signature=secret"}
    await run(FakeDesk(STATES[0], final), as_json=True, cancel=ID)
    out = capsys.readouterr().out
    assert [json.loads(line)["type"] for line in out.splitlines()] == ["import", "refused", "import"]
    assert "secret" not in out
    assert "secret" not in repr(Import.parse(final))


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (document("COMPLETED", 4, accepted=3), Exit.OK),
        (document("COMPLETED", 4, refused=1), Exit.REFUSED),
        (document("CANCELLED", 4), Exit.ORDER_FAILED),
        (document("EXPIRED", 4, lines=None), Exit.ORDER_FAILED),
        (document("FAILED", 4, lines=None, reason="NOT_CSV", detail="line 3"), Exit.REFUSED),
        (document("FAILED", 4, reason="INTERNAL_ERROR"), Exit.SERVER_FAULT),
        (document("RUNNING", 4), Exit.OK),
    ],
)
async def test_exit_code_is_that_of_the_outcome(state: dict[str, Any], code: Exit) -> None:
    assert (await run(FakeDesk(state), status=ID))[0] is code


async def interrupted(desk: FakeDesk, stdin: object, monkeypatch: pytest.MonkeyPatch) -> Exit:
    monkeypatch.setattr("sys.stdin", stdin)
    running = asyncio.create_task(run(desk, cancel=ID))
    desk.cancelled = False
    await asyncio.wait_for(desk.waiting.wait(), 60)
    desk.cancelled = False
    running.cancel()
    return (await running)[0]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


async def test_ctrl_c_without_a_terminal_leaves_the_import_running(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Unasked(STATES[0])
    with pytest.raises(asyncio.CancelledError):
        await interrupted(desk, io.StringIO(), monkeypatch)
    assert f"orderwire import --status {ID}" in capsys.readouterr().err
    assert not desk.cancelled


class Unasked(FakeDesk):
    """The command cancels at its beginning; that is not counted."""

    async def follow(self, import_id: str) -> AsyncGenerator[Import, None]:
        self.cancelled = False if not self.waiting.is_set() else self.cancelled
        async for state in super().follow(import_id):
            yield state


@pytest.mark.parametrize(("answer", "cancels"), [("y\n", True), ("\n", False)])
async def test_ctrl_c_in_a_terminal_asks(
    monkeypatch: pytest.MonkeyPatch, answer: str, *, cancels: bool
) -> None:
    desk = Unasked(STATES[0])
    if cancels:
        assert await interrupted(desk, Terminal(answer), monkeypatch) is Exit.ORDER_FAILED
    else:
        with pytest.raises(asyncio.CancelledError):
            await interrupted(desk, Terminal(answer), monkeypatch)
    assert desk.cancelled is cancels


class Impatient:
    """A terminal at which Ctrl-C is pressed again in the place of an answer."""

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        raise KeyboardInterrupt


async def test_second_ctrl_c_leaves_the_import_running_and_says_how_to_return(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Unasked(STATES[0])
    with pytest.raises(asyncio.CancelledError):
        await interrupted(desk, Impatient(), monkeypatch)
    assert f"orderwire import --status {ID}" in capsys.readouterr().err
    assert not desk.cancelled


async def test_unwritable_report_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text("reference\n", "ascii")
    for report in (tmp_path, tmp_path / "none" / "report.csv"):
        with pytest.raises(BadSettings, match="Cannot write"):
            await run(FakeDesk(STATES[0]), file=str(file), report=str(report))


async def test_final_output_says_what_to_do_next(capsys: pytest.CaptureFixture[str]) -> None:
    earlier = "9a1d3f60-2f4c-4f53-9a77-0a7f5b2f9f11"
    state = document("COMPLETED", 4, lines=1, refused=1, duplicateOf=earlier)
    _, out = await run(FakeDesk(state), status=ID)
    assert out.splitlines() == ["COMPLETED  1 line: 0 accepted, 0 repeated, 1 refused"]
    same, more, again = capsys.readouterr().err.splitlines()
    assert earlier in same
    assert f"--status {ID} --report FILE" in more
    assert "again" in again


async def test_command_needs_an_existing_file_or_an_import(tmp_path: Path) -> None:
    wrong: list[dict[str, Any]] = [{}, {"file": "a", "status": ID}, {"file": str(tmp_path / "none.csv")}]
    for more in wrong:
        with pytest.raises(BadSettings):
            await run(FakeDesk(STATES[0]), **more)


async def test_missing_import_is_reported() -> None:
    async def execute(request: object) -> dict[str, object]:
        return {"import": None}

    desk = ImportDesk(execute, cast(Any, None), cast(Any, None))
    with pytest.raises(ImportNotFound) as missing:
        await desk.find(ID)
    assert exit_for(missing.value) is Exit.NOT_FOUND
    typed = {"errorType": "InvalidImport", "message": "input.size: no", "errorInfo": {"code": "TOO_LARGE"}}
    error = from_errors([typed])
    assert isinstance(error, ImportProblem)
    assert (error.info, exit_for(error)) == ({"code": "TOO_LARGE"}, Exit.REFUSED)


def test_upload_form_is_missing_from_representations() -> None:
    form = Upload(ID, "https://bucket", (("policy", "secret"),))
    assert "secret" not in repr(form)


class BusyDesk(ImportDesk):
    """Learns of the end at once, and can be read only at the third try."""

    def __init__(self) -> None:
        self.reads = 0

    async def _listen(
        self, import_id: str, updates: asyncio.Queue[Import | None], live: asyncio.Event
    ) -> None:
        updates.put_nowait(Import.parse(document("COMPLETED", 4, accepted=3)))
        await asyncio.Event().wait()

    async def find(self, import_id: str) -> Import:
        self.reads += 1
        if self.reads < 3:
            raise Unavailable("The API is busy.")
        return Import.parse(document("COMPLETED", 4, accepted=3, reportUrl="http://127.0.0.1/report"))


async def test_final_state_has_its_report_when_the_api_is_busy_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "AWAY_SECONDS", 0.01)
    async with asyncio.timeout(60):
        states = [state async for state in BusyDesk().follow(ID)]
    assert [state.report_url for state in states] == ["http://127.0.0.1/report"]
