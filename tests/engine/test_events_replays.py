"""Archives and replays as AWS has them: counted, refused, followed and cancelled."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.event_rules import Rules
from tests.engine.restarts import Scenario
from tests.engine.world import ACCOUNT, World, wait_until

EVENTS = f"arn:aws:events:us-east-1:{ACCOUNT}"


class Shop:
    """A bus with an archive, and a rule that fills a queue."""

    def __init__(self, world: World) -> None:
        self.world, self.events = world, world.client("events")
        self.bus = world.name("bus")
        self.bus_arn = self.events.create_event_bus(Name=self.bus)["EventBusArn"]
        self.archive = world.name("archive")
        created = self.events.create_archive(
            ArchiveName=self.archive, EventSourceArn=self.bus_arn, EventPattern='{"source": ["shop"]}'
        )
        self.archive_arn = created["ArchiveArn"]
        self.rule = Rules(world, self.bus)
        pattern = '{"source": ["shop"], "replay-name": [{"exists": true}]}'
        self.events.put_rule(Name=self.rule.name, EventBusName=self.bus, EventPattern=pattern)
        sqs = world.client("sqs")
        self.url = sqs.create_queue(QueueName=world.name("replayed"))["QueueUrl"]
        self.rule.target(f"arn:aws:sqs:us-east-1:{ACCOUNT}:{self.url.rpartition('/')[2]}")

    def put(self, *numbers: int, source: str = "shop") -> None:
        entries: Any = [
            {
                "EventBusName": self.bus,
                "Source": source,
                "DetailType": "n",
                "Detail": json.dumps({"n": number}),
                "Time": 1_800_000_000 + number,
            }
            for number in numbers
        ]
        assert self.events.put_events(Entries=entries)["FailedEntryCount"] == 0

    def replay(self, **changes: Any) -> str:
        name = self.world.name("replay")
        request = {
            "ReplayName": name,
            "EventSourceArn": self.archive_arn,
            "EventStartTime": 1_700_000_000,
            "EventEndTime": 1_900_000_000,
            "Destination": {"Arn": self.bus_arn},
        }
        self.events.start_replay(**(request | changes))
        return name

    def state(self, name: str) -> str:
        return str(self.events.describe_replay(ReplayName=name)["State"])

    def numbers_received(self) -> list[int]:
        sqs = self.world.client("sqs")
        numbers: list[int] = []
        while messages := sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            numbers += [json.loads(message["Body"])["detail"]["n"] for message in messages]
        return numbers


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


def test_archive_counts_matching_events_and_shows_none(shop: Shop) -> None:
    shop.put(*range(5))
    shop.put(9, source="other")
    described = shop.events.describe_archive(ArchiveName=shop.archive)
    assert described["EventCount"] == 5 and described["SizeBytes"] > 5 * 100
    assert "Events" not in described
    [listed] = shop.events.list_archives(NamePrefix=shop.archive)["Archives"]
    assert listed["EventCount"] == 5


def test_replay_delivers_each_event_once_and_is_not_archived_again(shop: Shop) -> None:
    for start in range(0, 300, 10):
        shop.put(*range(start, start + 10))
    name = shop.replay(EventStartTime=1_800_000_010, EventEndTime=1_800_000_279)
    wait_until(lambda: shop.state(name) == "COMPLETED")
    described = shop.events.describe_replay(ReplayName=name)
    assert described["EventLastReplayedTime"].timestamp() == 1_800_000_279
    assert described["ReplayEndTime"] >= described["ReplayStartTime"]
    assert sorted(shop.numbers_received()) == list(range(10, 280))
    assert shop.events.describe_archive(ArchiveName=shop.archive)["EventCount"] == 300


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"EventEndTime": 1_700_000_000}, "EventStartTime must be before EventEndTime."),
        ({"EventEndTime": 1_600_000_000}, "EventStartTime must be before EventEndTime."),
        (
            {"EventSourceArn": f"arn:aws:events:us-east-1:{ACCOUNT}:archive/none"},
            "Archive none does not exist.",
        ),
        (
            {"EventSourceArn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/x"},
            "Must contain an archive ARN.",
        ),
        (
            {"Destination": {"Arn": f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"}},
            "Cross event bus replay is not permitted.",
        ),
        ({"ReplayName": "a name"}, "Parameter ReplayName is not valid."),
    ],
)
def test_invalid_replay_is_refused(shop: Shop, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ClientError, match=words) as refused:
        shop.replay(**changes)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_replay_for_a_missing_rule_is_refused(shop: Shop) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        shop.replay(Destination={"Arn": shop.bus_arn, "FilterArns": [f"{shop.rule.arn}-gone"]})


def test_replay_name_is_unique_and_a_finished_replay_cannot_be_cancelled(shop: Shop) -> None:
    name = shop.replay()
    wait_until(lambda: shop.state(name) == "COMPLETED")
    with pytest.raises(shop.events.exceptions.ResourceAlreadyExistsException):
        shop.replay(ReplayName=name)
    with pytest.raises(shop.events.exceptions.IllegalStatusException):
        shop.events.cancel_replay(ReplayName=name)
    with pytest.raises(shop.events.exceptions.ResourceNotFoundException):
        shop.events.describe_replay(ReplayName="none")


def test_archive_of_a_missing_bus_is_refused(world: World) -> None:
    events = world.client("events")
    gone = f"{EVENTS}:event-bus/gone"
    with pytest.raises(events.exceptions.ResourceNotFoundException, match="Event bus gone does not exist"):
        events.create_archive(ArchiveName=world.name("archive"), EventSourceArn=gone)


def archived_events_and_a_replay_that_goes_on() -> Scenario:
    """What `test_durable` kills: the archive is complete, and a replay brings all, some perhaps twice."""
    world = yield
    shop = Shop(world)
    for start in range(0, 600, 10):
        shop.put(*range(start, start + 10))
    name = shop.replay()
    world = yield
    shop.world, shop.events = world, world.client("events")
    assert shop.events.describe_archive(ArchiveName=shop.archive)["EventCount"] == 600
    assert world.send("POST", "/_localcloud/resume", b"", {})[0] == 200
    wait_until(lambda: shop.state(name) == "COMPLETED")
    numbers: set[int] = set()

    def all_received() -> bool:
        numbers.update(shop.numbers_received())
        return numbers == set(range(600))

    wait_until(all_received)
