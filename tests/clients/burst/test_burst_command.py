"""``orderwire burst``: what it refuses before anything is sent, and by which ways it goes."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from clients.auth import Credentials
from clients.burst import figures
from clients.cli.burst import run_burst
from clients.cli.burst_views import print_results
from clients.cli.options import parser
from clients.client import OrderClient
from clients.errors import BadSettings
from clients.settings import Settings

AWS = Settings(
    "https://abc.appsync-api.eu-west-1.amazonaws.com/graphql", "wss://x", "https://cognito", "client"
)


async def refused(settings: Settings, *words: str) -> str:
    options = parser().parse_args(["burst", *words])
    client = OrderClient(settings, Credentials("ada", "x"))
    with pytest.raises(BadSettings) as problem:
        await run_burst(options, client, Console(file=io.StringIO()), as_json=True)
    return str(problem.value)


async def test_burst_on_aws_sends_nothing_without_confirmation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    error = await refused(AWS, "--orders", "3000")
    # Without the API of the queues there are direct start, and the queue behind a function.
    assert error.startswith(
        "This sends 6,000 orders to abc.appsync-api.eu-west-1.amazonaws.com, each a whole"
    )
    everything = replace(AWS, intake="https://x.execute-api.eu-west-1.amazonaws.com/live")
    assert "9,000 orders" in await refused(everything, "--orders", "3000")


async def test_unwritable_page_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none" / "burst.html")
    assert (await refused(AWS, "--html", nowhere)).startswith(f"Cannot write {nowhere}")


async def test_named_way_must_exist() -> None:
    error = await refused(AWS, "--ways", "direct,fifo", "--yes")
    assert error == "fifo: the stack has no such way in: its ExtraIntakes is false"


@pytest.mark.parametrize(
    "words",
    [("--orders", "0"), ("--orders", "20001"), ("--rate", "0"), ("--ways", "pigeon"), ("--rate", "x")],
)
def test_options_outside_their_bounds_are_refused(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["burst", *words])
    complaint = capsys.readouterr().err
    assert words[0] in complaint
    assert (words[1] != "x") or "'x' is not a number" in complaint


def test_table_has_a_column_for_each_way() -> None:
    out = io.StringIO()
    print_results({"direct": figures([], overflowed=3), "fifo": figures([])}, Console(file=out, width=120))
    lines = out.getvalue().splitlines()
    assert lines[0].split() == ["direct", "start", "FIFO", "queue"]
    assert ["overflowed", "to", "the", "queue", "3"] in [line.split() for line in lines]
