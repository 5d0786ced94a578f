"""Transactions that count, and an end of the engine in their middle: each is there whole or not at all.

As the shop's figures are kept: what was counted is an item of its own, written with the sums.
"""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.journal.files import survey
from localcloud.journal.folding import Spaces, apply
from localcloud.journal.frames import Frames
from tests.engine.test_durable import KEYS, Home, item
from tests.engine.world import World, wait_until

pytestmark = pytest.mark.slow

WRITERS = 4
BEFORE_THE_END = 60
SUMS = ("sums", "minutes")


class Writers:
    """Count numbers, each once, from several threads, until the engine is gone."""

    def __init__(self, world: World) -> None:
        self.acknowledged: set[int] = set()
        self.refused = 0
        self._dynamodb = world.client("dynamodb")
        self._threads = [threading.Thread(target=self._run, args=(first,)) for first in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(60)

    def _run(self, first: int) -> None:
        try:
            for number in range(first, 100_000, WRITERS):
                self._count(number)
                self.acknowledged.add(number)
                if number % 3 == 0:
                    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
                        self._count(number)
                    self.refused += 1
        except BotoCoreError:
            return

    def _count(self, number: int) -> None:
        memory = {"ConditionExpression": "attribute_not_exists(pk)", "UpdateExpression": "SET seen = :one"}
        addition = {"UpdateExpression": "ADD counted :one"}
        update = {"TableName": "tab", "ExpressionAttributeValues": {":one": {"N": "1"}}}
        self._dynamodb.transact_write_items(
            TransactItems=[
                {"Update": {"Key": item("memory", number), **memory, **update}},
                *({"Update": {"Key": item(name, 0), **addition, **update}} for name in SUMS),
            ],
            # With it, a transaction is carried out by MiniStack's long way.
            ReturnConsumedCapacity="TOTAL" if number % 2 else "NONE",
        )


class Ended(NamedTuple):
    """An engine that was ended while others wrote."""

    home: Home
    writers: Writers


@pytest.fixture(scope="module", params=[signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def ended(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    home = Home(tmp_path_factory.mktemp("transactions"))
    with home.engine() as world:
        stream = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        world.client("dynamodb").create_table(TableName="tab", StreamSpecification=stream, **KEYS)
        writers = Writers(world)
        wait_until(lambda: len(writers.acknowledged) >= BEFORE_THE_END)
        world.process.send_signal(request.param)
        world.process.wait(60)
        writers.join()
    yield Ended(home, writers)


def counts(items: list[Any]) -> Counter[str]:
    totals: Counter[str] = Counter()
    for entry in items:
        totals[entry["pk"]["S"]] += int(entry.get("counted", entry.get("seen"))["N"])
    return totals


def test_every_prefix_of_the_journal_has_whole_transactions(ended: Ended) -> None:
    moments, refused = 0, ended.writers.refused
    assert refused
    (log,) = survey(Path(ended.home.data) / "engine").ordered
    spaces: Spaces = {}
    for frame in Frames(log.read_bytes(), log.name):
        apply(spaces, frame)
        moments += 1
        (items,) = [content for name, content in spaces.items() if name.startswith("dynamodb/items/")] or [{}]
        keys = [key.split(":", 1)[1] for key in items]
        number = sum(key.startswith("memory") for key in keys)
        for name in SUMS:
            assert number == sum(
                int(value.split(b'"counted":{"N":"')[1].split(b'"')[0])
                for key, value in items.items()
                if key.split(":", 1)[1].startswith(name)
            )
        (records,) = [content for name, content in spaces.items() if name.startswith("dynamodb/stream/")] or [
            {}
        ]
        assert len(records) == 3 * number
    assert moments > BEFORE_THE_END


def test_restart_has_every_acknowledged_transaction_and_no_partial_one(ended: Ended) -> None:
    with ended.home.engine() as world:
        items = world.client("dynamodb").scan(TableName="tab", ConsistentRead=True)["Items"]
    totals = counts(items)
    assert len({totals["memory"], *(totals[name] for name in SUMS)}) == 1, totals
    there = {int(entry["sk"]["N"]) for entry in items if entry["pk"]["S"] == "memory"}
    assert ended.writers.acknowledged <= there
    # No more than one of each writer was on its way.
    assert len(there - ended.writers.acknowledged) <= WRITERS
