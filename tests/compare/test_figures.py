"""Where things go in the page's figures, and what is modelled."""

from __future__ import annotations

from decimal import Decimal

import pytest

from compare import axis, charts
from compare.axis import FULL
from compare.channels import discover
from compare.costs import bill
from compare.latency import meanings, model, read_parts
from compare.prices import read_prices
from compare.runfacts import Sample
from compare.statistics import summarize
from compare.timeline import Timeline
from compare.timeline import timeline as timeline_of
from compare.usage import ChannelUsage, FunctionUse, ServerUse, Usage
from demo.percentiles import percentile

LIFE = (("RECEIVED", 0.0), ("VALIDATED", 100.0), ("CONFIRMED", 1000.0))


def timeline(receipts: dict[str, dict[int, float]]) -> Timeline:
    return timeline_of(Sample("one", LIFE, receipts), {"a": "Channel A"})


def test_versions_that_arrive_together_are_missed_except_the_last() -> None:
    (track,) = timeline({"a": {1: 500.0, 2: 500.0, 3: 1010.0}}).tracks
    assert track.title == "Channel A"
    assert [(dot.shown, dot.missed) for dot in track.receipts] == [(2, "1"), (3, "")]
    (track,) = timeline({"b": {1: 2000.0, 2: 2000.0, 3: 2000.0}}).tracks
    assert [(dot.shown, dot.missed) for dot in track.receipts] == [(3, "1-2")]
    assert track.title == "b"


def test_overtaken_version_is_missed() -> None:
    (track,) = timeline({"a": {1: 300.0, 2: 200.0, 3: 1010.0}}).tracks
    assert [(dot.shown, dot.missed) for dot in track.receipts] == [(2, "1"), (3, "")]


def test_timeline_runs_from_left_to_right() -> None:
    figure = timeline({"a": {1: 0.0, 2: 500.0, 3: 1000.0}})
    assert [dot.x for dot in figure.tracks[0].receipts] == [0, FULL / 2, FULL]
    assert [tick.label for tick in figure.ticks][:2] == ["0 s", "0.2 s"]


def test_overlapping_labels_move_up_a_row() -> None:
    rows = [tick.row for tick in timeline({"a": {1: 0.0}}).commits]
    assert rows == [0, 1, 0]


def test_bills_share_one_scale_and_are_grouped() -> None:
    book = read_prices("us-east-1")
    client = Usage(
        requests=3, sockets=1, messages_in=7, messages_out=1, connected_seconds=600.0, bytes_in=9000
    )
    server = ServerUse({}, 8.0, 4.0, {"api": FunctionUse(3, 0.5)})
    for channel in discover():
        priced = bill(channel.bill, ChannelUsage(1, 6, client, server), book)
        # Every line is in some group: nothing of the sum is left out of the figure.
        assert sum((usd for _, usd in charts.grouped(priced)), Decimal(0)) == priced.usd, channel.name


@pytest.mark.parametrize(
    ("most", "step"), [(40.0, 5.0), (39.7, 5.0), (8.0, 1.0), (8.1, 2.0), (3500.0, 500.0), (0.05, 0.01)]
)
def test_axis_ticks_are_round_and_few(most: float, step: float) -> None:
    assert axis.step_of(most) == pytest.approx(step)


def test_medians_add_up_and_unknown_parts_give_a_bound() -> None:
    parts = read_parts()
    appsync = model([parts["stream-to-lambda"], parts["appsync-publish"]], None)
    assert (appsync.p50, appsync.p99) == ((273.0, 273.0), (835.0, 835.0))
    assert (appsync.p50_bound, appsync.p99_bound, appsync.confidence) == (False, False, "B")
    push = model([parts["stream-to-lambda"], parts["websocket-push"]], None)
    assert (push.p50, push.p99) == ((228.0, 313.0), (552.0, 552.0))
    assert (push.p50_bound, push.p99_bound, push.confidence) == (False, True, "C")


def test_poll_waits_for_half_its_interval() -> None:
    parts = read_parts()
    poll = model([parts["poll-wait"], parts["rest-request"]], 1000.0)
    assert (poll.p50, poll.p99, poll.p50_bound) == ((500.0, 500.0), (990.0, 990.0), True)
    # A client that asked once has no gap.
    assert model([parts["poll-wait"], parts["rest-request"]], None).p50 is None


def test_every_channel_names_existing_latency_parts() -> None:
    parts = read_parts()
    assert set(meanings()) == {"A", "B", "C"}
    for channel in discover():
        assert channel.aws, channel.name
        assert set(channel.aws) <= set(parts), channel.name
    assert all(part.source for part in parts.values())


def test_percentile_is_one_of_the_measured_values() -> None:
    hundred = [float(n) for n in range(1, 101)]
    assert [percentile(hundred, percent) for percent in (1, 50, 95, 99, 100)] == [1, 50, 95, 99, 100]
    assert percentile([7.0], 99) == 7.0
    summary = summarize([5.0, 1.0, 3.0])
    assert summary is not None
    assert (summary.count, summary.least, summary.p50, summary.p99, summary.greatest) == (
        3,
        1.0,
        3.0,
        5.0,
        5.0,
    )
    assert summarize([]) is None
