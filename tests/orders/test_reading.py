"""Reading orders: whole, by page, and waiting, on the real store and on the one in memory."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.caller import Caller
from orders.cursors import read_cursor, write_cursor
from orders.errors import InvalidRequest, OrderNotFound
from orders.model import CustomerId, OrderContents, OrderId, Timestamp, received
from orders.ports import OrderStore, Position, Recorded
from orders.reading import Page, Wait, find_order, find_state, intervals, list_orders, wait_for_change
from orders.status import OrderStatus
from tests.orders.engine import Engine
from tests.orders.fakes import MemoryOrderStore
from tests.orders.samples import ADA, GRACE, an_order, to

pytestmark = pytest.mark.integration
ME, HER, STAFF = Caller(ADA), Caller(GRACE), Caller(GRACE, is_staff=True)


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, engine: Engine) -> OrderStore:
    if request.param == "memory":
        return MemoryOrderStore()
    return DynamoDBOrderStore(engine.dynamodb(), request.getfixturevalue("orders_table"))


def recorded(store: OrderStore, *targets: OrderStatus, second: int = 0) -> OrderContents:
    plain = an_order()
    contents = OrderContents(
        plain.order_id,
        plain.customer_id,
        plain.currency,
        plain.items,
        plain.card_token,
        Timestamp(f"2026-11-20T18:00:{second:02}.000Z"),
    )
    store.record(contents, received(contents))
    for target in targets:
        store.change(contents.order_id, to(target))
    return contents


class TestOne:
    def test_order_is_read_whole(self, store: OrderStore) -> None:
        contents = recorded(store, OrderStatus.VALIDATED)
        state = store.state(contents.order_id)
        assert state is not None
        assert find_order(contents.order_id, ME, store) == Recorded(contents, state)
        assert find_state(contents.order_id.upper(), ME, store) == state
        assert find_order(contents.order_id, STAFF, store).contents == contents

    @pytest.mark.parametrize("find", [find_order, find_state])
    @pytest.mark.parametrize(
        "order_id", ["00000000-0000-4000-8000-000000000000", "", "x", "\ud800", "a" * 5000, "../../etc"]
    )
    def test_missing_order_is_not_found(
        self, store: OrderStore, find: Callable[..., object], order_id: str
    ) -> None:
        with pytest.raises(OrderNotFound):
            find(order_id, ME, store)

    @pytest.mark.parametrize("find", [find_order, find_state])
    def test_foreign_order_is_not_found(self, store: OrderStore, find: Callable[..., object]) -> None:
        with pytest.raises(OrderNotFound):
            find(recorded(store).order_id, HER, store)


class Clock:
    """Time passes only in sleeps; a change may happen at a moment."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.slept: list[float] = []
        self.then: list[tuple[float, Callable[[], object]]] = []

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds
        while self.then and self.then[0][0] <= self.seconds:
            self.then.pop(0)[1]()

    def wait(self, seconds: float) -> Wait:
        return Wait(seconds, self.monotonic, self.sleep)


class TestWaiting:
    @pytest.fixture
    def memory(self) -> MemoryOrderStore:
        return MemoryOrderStore()

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    def test_newer_version_is_returned_at_once(self, memory: MemoryOrderStore, clock: Clock) -> None:
        order_id = recorded(memory, OrderStatus.VALIDATED).order_id
        assert wait_for_change(order_id, ME, 1, memory, clock.wait(25)).version == 2
        assert clock.slept == []

    def test_final_order_is_returned_at_once(self, memory: MemoryOrderStore, clock: Clock) -> None:
        order_id = recorded(memory, OrderStatus.CANCELLED).order_id
        assert wait_for_change(order_id, ME, 9, memory, clock.wait(25)).version == 2
        assert clock.slept == []

    def test_change_is_returned_soon_after_it_happens(self, memory: MemoryOrderStore, clock: Clock) -> None:
        order_id = recorded(memory).order_id
        clock.then = [(110.0, lambda: memory.change(order_id, to(OrderStatus.VALIDATED)))]
        assert wait_for_change(order_id, ME, 1, memory, clock.wait(25)).status is OrderStatus.VALIDATED
        assert 10 <= clock.seconds - 100 <= 10.5
        assert clock.slept[0] == 0.1
        assert clock.slept == sorted(clock.slept)
        assert max(clock.slept) == 0.5

    def test_unchanged_order_is_returned_when_the_time_is_up(
        self, memory: MemoryOrderStore, clock: Clock
    ) -> None:
        order_id = recorded(memory).order_id
        assert wait_for_change(order_id, ME, 1, memory, clock.wait(25)).version == 1
        assert sum(clock.slept) == pytest.approx(25)
        assert len(clock.slept) < 60

    def test_change_in_the_last_moment_is_returned(self, memory: MemoryOrderStore, clock: Clock) -> None:
        order_id = recorded(memory).order_id
        clock.then = [(125.0, lambda: memory.change(order_id, to(OrderStatus.VALIDATED)))]
        wait = Wait(25, clock.monotonic, clock.sleep, lambda: iter([10.0, 10.0, 10.0, 10.0]))
        assert wait_for_change(order_id, ME, 1, memory, wait).version == 2
        assert clock.slept == [10.0, 10.0, 5.0]

    @pytest.mark.parametrize("seconds", [0, -1])
    def test_wait_of_no_time_is_one_read(
        self, memory: MemoryOrderStore, clock: Clock, seconds: float
    ) -> None:
        assert wait_for_change(recorded(memory).order_id, ME, 1, memory, clock.wait(seconds)).version == 1
        assert clock.slept == []

    def test_missing_order_is_not_awaited(self, memory: MemoryOrderStore, clock: Clock) -> None:
        with pytest.raises(OrderNotFound):
            wait_for_change(recorded(memory).order_id, HER, 0, memory, clock.wait(25))
        assert clock.slept == []

    def test_poll_intervals_never_end(self) -> None:
        seconds: Iterator[float] = intervals()
        assert [next(seconds) for _ in range(1000)][-1] == 0.5


class TestPages:
    def pages(self, store: OrderStore, limit: int, status: OrderStatus | None = None) -> list[Page]:
        page_list = [list_orders(ME, store, limit=limit, status=status)]
        while page_list[-1].cursor is not None:
            page_list.append(list_orders(ME, store, limit=limit, status=status, cursor=page_list[-1].cursor))
        return page_list

    def test_orders_are_listed_newest_first_each_once(self, store: OrderStore) -> None:
        orders = [recorded(store, second=n // 2).order_id for n in range(7)]
        other = an_order(customer=GRACE)
        store.record(other, received(other))
        for limit in (1, 3, 7, 100):
            states = [state for page in self.pages(store, limit) for state in page.orders]
            assert sorted(state.order_id for state in states) == sorted(orders)
            assert [(s.created_at, s.order_id) for s in states] == sorted(
                ((s.created_at, s.order_id) for s in states), reverse=True
            )
        assert all(len(page.orders) <= 3 for page in self.pages(store, 3))

    def test_status_filter_excludes_the_others(self, store: OrderStore) -> None:
        wanted = [recorded(store, OrderStatus.VALIDATED, second=n).order_id for n in (1, 5)]
        for n in (2, 3, 4):
            recorded(store, second=n)
        order_ids = [s.order_id for page in self.pages(store, 2, OrderStatus.VALIDATED) for s in page.orders]
        assert order_ids == wanted[::-1]

    def test_customer_without_orders_has_an_empty_page(self, store: OrderStore) -> None:
        assert list_orders(HER, store) == Page((), None)

    @pytest.mark.parametrize("limit", [0, -1, 101, 10**9])
    def test_page_limit_is_bounded(self, limit: int) -> None:
        with pytest.raises(InvalidRequest, match=r"^limit: must be 1 to 100$") as error:
            list_orders(ME, MemoryOrderStore(), limit=limit)
        assert error.value.info == {"path": "limit", "code": "LIMIT_RANGE"}

    def test_cursor_belongs_to_its_owner(self, store: OrderStore) -> None:
        for n in range(2):
            recorded(store, second=n)
        cursor = list_orders(ME, store, limit=1).cursor
        assert cursor is not None
        with pytest.raises(InvalidRequest, match=r"^cursor: must be the nextCursor of a page of your own"):
            list_orders(HER, store, cursor=cursor)


PLACE = Position(Timestamp("2026-11-20T18:00:00.000Z"), OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"))


class TestCursors:
    def test_cursor_round_trips(self) -> None:
        cursor = write_cursor(PLACE, ADA)
        assert read_cursor(cursor, ADA) == PLACE
        assert cursor.isascii()
        assert set("=+/&?#%") & set(cursor) == set()

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(max_size=120) | st.binary(max_size=90).map(lambda b: base64.urlsafe_b64encode(b).decode()))
    def test_text_that_is_no_cursor_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidRequest) as error:
            read_cursor(text, ADA)
        assert error.value.info == {"path": "cursor", "code": "BAD_CURSOR"}

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_cursor_with_a_changed_character_is_refused(self, data: st.DataObject) -> None:
        cursor = write_cursor(PLACE, ADA)
        index = data.draw(st.integers(0, len(cursor) - 1))
        other = data.draw(st.characters().filter(lambda c: c != cursor[index]))
        with pytest.raises(InvalidRequest):
            read_cursor(cursor[:index] + other + cursor[index + 1 :], ADA)

    @pytest.mark.parametrize("cut", [1, 4, 50])
    def test_truncated_cursor_is_refused(self, cut: int) -> None:
        with pytest.raises(InvalidRequest):
            read_cursor(write_cursor(PLACE, ADA)[:-cut], ADA)

    def test_cursor_of_another_customer_is_refused(self) -> None:
        with pytest.raises(InvalidRequest):
            read_cursor(write_cursor(PLACE, ADA), CustomerId("somebody"))
