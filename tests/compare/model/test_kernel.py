"""The simulation's clock and its quotas."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.model.kernel import Bucket, Client, Give, Take, Wait, World
from compare.quotas import Kind, Quota, read_quotas


def quota(key: str, limit: float, burst: float, *, concurrent: bool = False) -> Quota:
    kind: Kind = "concurrent" if concurrent else "rate"
    return Quota(key, "S", "i", "u", kind, limit, burst, True, "A", (), "")


@given(st.lists(st.floats(0.0, 5.0), min_size=1, max_size=60), st.floats(0.5, 20.0), st.integers(1, 20))
def test_bucket_never_grants_more_than_its_burst_and_rate(gaps: list[float], rate: float, burst: int) -> None:
    bucket, now, granted = Bucket(rate, float(burst)), 0.0, 0
    for gap in gaps:
        now += gap
        granted += bucket.take(now, 1.0)
        assert granted <= burst + rate * now + 1e-6


def test_bucket_grants_all_requests_below_its_rate() -> None:
    bucket = Bucket(10.0, 1.0)
    assert all(bucket.take(n * 0.1, 1.0) for n in range(1000))


def test_clients_continue_in_the_order_of_their_times() -> None:
    events: list[tuple[str, float]] = []

    def client(name: str, pause: float) -> Client:
        for _ in range(2):
            now = (yield Wait(pause)).now
            events.append((name, now))

    world = World()
    world.add(client("slow", 3.0))
    world.add(client("late", 1.0), at=1.5)
    world.run()
    assert events == [("late", 2.5), ("slow", 3.0), ("late", 3.5), ("slow", 6.0)]


def test_released_capacity_is_granted_again() -> None:
    world = World({"room": quota("room", 1.0, 1.0, concurrent=True)})
    granted: list[bool] = []

    def client() -> Client:
        step = yield Take({"room": 1.0})
        granted.append(step.granted)
        if step.granted:
            yield Wait(1.0)
            yield Give({"room": 1.0})

    for start in (0.0, 0.5, 1.5):
        world.add(client(), at=start)
    world.run()
    assert granted == [True, False, True]
    assert world.first == ("room", 0.5)
    assert world.most("room") == 1.0


def test_request_takes_from_both_quotas_or_from_neither() -> None:
    world = World({"a": quota("a", 1.0, 5.0), "b": quota("b", 1.0, 1.0)})

    def client() -> Client:
        for _ in range(3):
            yield Take({"a": 1.0, "b": 1.0})

    world.add(client())
    world.run()
    assert world.granted == {"a": 1, "b": 1}
    assert world.refused == {"b": 2}


def test_quotas_apply_to_regions_that_the_file_does_not_name() -> None:
    book = read_quotas("ap-south-2")
    assert book["states.start.standard"].limit == 150.0
    assert book["states.start.standard"].burst == 800.0
    assert all(item.sources and item.limit > 0 for item in book.quotas.values())
    with pytest.raises(KeyError):
        book["no.such"]
