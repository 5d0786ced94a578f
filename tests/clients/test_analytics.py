"""`orderwire sql` and `orderwire figures`: what is asked, what is shown, and what differs."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clients.analytics.athena import Athena, Progress
from clients.analytics.checking import differences, of_figures, of_rows
from clients.analytics.figures import ShopFigures
from clients.analytics.settings import Where, find_athena
from clients.cli.exits import Exit
from clients.cli.main import main
from clients.errors import BadSettings, NotAllowed, OrderwireError, Refused, ServerFault, Unavailable
from clients.model import Status
from clients.reading import Unexpected
from tests.clients.fake_appsync import FakeAppSync
from tests.clients.fake_athena import FakeAthena, Script, fake_athena
from tests.clients.test_cli import Shell

STATUSES = [status.value for status in Status]
FIGURES: dict[str, Any] = {
    "version": 7,
    "at": "2026-11-30T07:05:30.000Z",
    "windowSeconds": 10,
    "statuses": [{"status": name, "now": 0, "entries": 2} for name in STATUSES],
    "minutes": [
        {"minute": "2026-11-30T07:04:00.000Z", "entries": [{"status": "RECEIVED", "count": 2}]},
        {"minute": "2026-11-30T07:05:00.000Z", "entries": []},
    ],
    "revenue": [{"currency": "EUR", "amount": "12345678901234567890", "orders": 2}],
    "delivery": {"orders": 2, "p50Ms": 1500.0, "p95Ms": None, "averageMs": 1500.5},
    "deadLetters": 3,
}
SQL = "SELECT the figures"


@pytest.fixture
def athena() -> Iterator[FakeAthena]:
    with fake_athena() as server:
        yield server


def where(server: FakeAthena) -> Where:
    return Where("shop", "shop", "eu-west-1", server.url, "000000000000", "for-tests-alone")


def asking(server: FakeAthena) -> Athena:
    return Athena(where(server), sleep=lambda _: None)


@pytest.fixture
def shell(appsync: FakeAppSync, athena: FakeAthena, tmp_path: Path) -> Shell:
    """A shell whose ready file is that of a stack with analytics."""
    shell = Shell(appsync, tmp_path)
    path = Path(shell.environment["ORDERWIRE_READY_FILE"])
    ready = json.loads(path.read_text())
    ready["credentials"] = {"access_key_id": "000000000000", "secret_access_key": "for-tests-alone"}
    ready["outputs"] |= {"AnalyticsWorkGroup": "shop", "AnalyticsDatabase": "shop"}
    path.write_text(json.dumps(ready))
    shell.environment["ORDERWIRE_READY_FILE"] = str(path)
    shell.environment["AWS_ENDPOINT_URL_ATHENA"] = athena.url
    return shell


def test_result_has_numbers_texts_and_nulls(athena: FakeAthena) -> None:
    columns = (("hour", "timestamp"), ("orders", "bigint"), ("share", "double"), ("late", "boolean"))
    rows = (("2026-11-30 07:00:00.000", "9007199254740993", "0.5", "true"), (None, None, None, "false"))
    athena.scripts["q"] = Script(columns, rows, looks=3)
    progresses: list[Progress] = []
    answer = Athena(where(athena), progresses.append, sleep=lambda _: None).ask("q")
    assert answer.columns == ("hour", "orders", "share", "late")
    assert answer.rows == [
        ("2026-11-30 07:00:00.000", 9007199254740993, 0.5, True),
        (None, None, None, False),
    ]
    assert (answer.scanned, [progress.state for progress in progresses]) == (2048, ["RUNNING", "RUNNING"])
    assert athena.started[0]["WorkGroup"] == "shop"
    assert athena.started[0]["QueryExecutionContext"] == {"Database": "shop"}


def test_first_row_without_the_column_names_is_data(athena: FakeAthena) -> None:
    athena.scripts["q"] = Script((("a", "varchar"),), (("a",),))
    assert asking(athena).ask("q").rows == [("a",)]


@pytest.mark.parametrize(
    ("refusal", "kind", "words"),
    [
        ((400, "AccessDeniedException", "no"), NotAllowed, "AskingPolicy"),
        ((400, "InvalidRequestException", "WorkGroup shop is not found."), Refused, "no workgroup shop"),
        ((400, "InvalidRequestException", "queryString is empty"), Refused, "queryString"),
        ((400, "TooManyRequestsException", "slower"), Unavailable, "busy"),
        ((400, "Strange", "odd"), ServerFault, "Strange: odd"),
    ],
)
def test_refused_query_says_what_to_do(
    athena: FakeAthena, refusal: tuple[int, str, str], kind: type[OrderwireError], words: str
) -> None:
    athena.refusal = refusal
    with pytest.raises(kind, match=words):
        asking(athena).ask("q")


def test_query_of_an_unknown_table_or_column_names_the_existing_ones(athena: FakeAthena) -> None:
    athena.scripts["q"] = Script(failure="TABLE_NOT_FOUND: Table 'x' does not exist")
    with pytest.raises(Refused, match=r"does not exist\. There are `changes`"):
        asking(athena).ask("q")
    athena.scripts["q"] = Script(failure="COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved")
    with pytest.raises(Refused, match=r"resolved\. `orderwire sql \"SHOW COLUMNS IN changes\"`"):
        asking(athena).ask("q")


def test_interrupt_stops_the_query(athena: FakeAthena) -> None:
    athena.scripts["q"] = Script(looks=5)

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Athena(where(athena), sleep=interrupt).ask("q")
    assert athena.stopped == ["q"]


def test_figures_are_compared_by_what_they_count() -> None:
    counts = of_figures(ShopFigures.parse(FIGURES))
    assert counts["amount", "EUR"] == 12345678901234567890
    assert ("now", "RECEIVED") not in counts
    rows = [(figure, name, value) for (figure, name), value in counts.items()]
    assert differences([counts, of_rows(rows)]) == []
    [differing] = differences([counts, of_rows([*rows[1:], ("now", "FAILED", 0)])])
    assert differing == ("entries", "RECEIVED", (2, 0))
    with pytest.raises(Unexpected, match="row 1 of figures"):
        of_rows([("entries", "RECEIVED", 1.5)])


def test_amount_that_is_no_number_is_a_server_fault() -> None:
    with pytest.raises(ServerFault, match=r"revenue\.amount should be decimal digits"):
        ShopFigures.parse({**FIGURES, "revenue": [{"currency": "EUR", "amount": "1.5", "orders": 1}]})


def test_stack_without_analytics_says_how_to_enable_them(tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ready.write_text(json.dumps({"outputs": {}, "credentials": {}}))
    with pytest.raises(BadSettings, match="Analytics=true"):
        find_athena({}, ready_file=ready)
    with pytest.raises(BadSettings, match="Cannot read the ready file"):
        find_athena({}, ready_file=tmp_path / "none.json")
    explicit = find_athena({"ORDERWIRE_WORKGROUP": "g", "ORDERWIRE_DATABASE": "d", "AWS_REGION": "eu-west-1"})
    assert explicit == Where("g", "d", "eu-west-1")


@pytest.fixture
def sql(
    athena: FakeAthena, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return what `orderwire sql` does: its exit code, and what it writes."""
    environment = {
        "ORDERWIRE_WORKGROUP": "shop",
        "ORDERWIRE_DATABASE": "shop",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": athena.url,
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "for-tests-alone",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["sql", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_sql_command_prints_tables_json_and_csv(
    sql: Callable[..., tuple[int, str, str]], athena: FakeAthena
) -> None:
    athena.questions = {"by-status": "saved"}
    script = Script((("status", "varchar"), ("orders", "bigint")), (("FAILED", "2"), (None, "1")))
    athena.scripts = {"saved": script, "typed": script}
    code, out, _ = sql("--saved", "by-status")
    assert code == Exit.OK and "FAILED       2" in out and "2 rows" in out
    assert sql("typed", "--csv")[1] == "status,orders\nFAILED,2\n,1\n"
    lines = sql("typed", "--json")[1].splitlines()
    assert [json.loads(line) for line in lines] == [
        {"status": "FAILED", "orders": 2},
        {"status": None, "orders": 1},
    ]


def test_ctrl_c_ends_sql_and_stops_the_query(
    sql: Callable[..., tuple[int, str, str]], athena: FakeAthena
) -> None:
    # It would never end by itself, however late the interrupt comes.
    athena.scripts["long"] = Script((("a", "bigint"),), (("1",),), looks=10**9)

    def interrupt() -> None:
        while not athena.looks:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    code, _, _ = sql("long")
    thread.join()
    assert (code, athena.stopped) == (Exit.INTERRUPTED, ["long"])


def test_sql_command_writes_booleans_as_sql_does(
    sql: Callable[..., tuple[int, str, str]], athena: FakeAthena
) -> None:
    athena.scripts["late"] = Script((("late", "boolean"),), (("true",), ("false",), (None,)))
    assert sql("late", "--csv")[1].splitlines() == ["late", "true", "false", '""']
    assert "True" not in sql("late")[1]
    assert [json.loads(line)["late"] for line in sql("late", "--json")[1].splitlines()] == [True, False, None]


def test_invalid_use_of_sql_is_reported(sql: Callable[..., tuple[int, str, str]], athena: FakeAthena) -> None:
    athena.questions = {"by-status": "saved"}
    for words in ((), ("x", "--saved", "y"), ("x", "--list")):
        assert sql(*words)[0] == Exit.USAGE
    code, _, err = sql("--saved", "nothing")
    assert code == Exit.REFUSED
    assert "There is no saved question 'nothing': there are by-status." in err


async def test_figures_command_prints_and_checks_figures(
    shell: Shell, appsync: FakeAppSync, athena: FakeAthena
) -> None:
    appsync.shop.figures = FIGURES
    ran = await shell("figures")
    assert ran.code == Exit.OK
    assert "DELIVERED" in ran.out and "123,456,789,012,345,678.90 EUR" in ran.out
    assert (await shell("figures", "--json")).documents == [FIGURES]
    counts = of_figures(ShopFigures.parse(FIGURES))
    rows = tuple((figure, name, str(value)) for (figure, name), value in counts.items())
    columns = (("figure", "varchar"), ("name", "varchar"), ("value", "bigint"))
    athena.questions = {"figures": SQL}
    athena.scripts[SQL] = Script(columns, rows)
    ran = await shell("figures", "--check")
    assert (ran.code, ran.out) == (Exit.OK, "The figures and SQL agree: 22 changes, 13 figures.\n")
    athena.scripts[SQL] = Script(columns, rows[1:])
    ran = await shell("figures", "--check", "--wait", "0")
    assert (ran.code, ran.out) == (Exit.ORDER_FAILED, "entries RECEIVED: 2 by the figures, 0 by SQL\n")


async def test_deployment_without_figures_says_so(shell: Shell) -> None:
    ran = await shell("figures")
    assert (ran.code, ran.err) == (Exit.NOT_FOUND, "orderwire: Analytics are switched off here.\n")
