from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from clients import Change, Credentials, NotAllowed, NotFound, NotSignedIn, OrderClient, State, Status
from tests.clients.conftest import ADA, FAST
from tests.clients.fake_appsync import FakeAppSync

LIFE = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]
ORDER = "4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10"


async def _all(client: OrderClient, order_id: str = ORDER) -> list[Change]:
    return [change async for change in client.follow(order_id)]


def _statuses(changes: list[Change]) -> list[tuple[int, str]]:
    return [(change.version, str(change.status)) for change in changes]


WHOLE = list(enumerate(LIFE, 1))


async def test_finished_order_is_read_from_history(appsync: FakeAppSync, ada: OrderClient) -> None:
    for status in LIFE:
        appsync.change(ORDER, status)
    assert _statuses(await _all(ada)) == WHOLE


async def test_live_changes_arrive_by_subscription(appsync: FakeAppSync, ada: OrderClient) -> None:
    async with ada.follower([ORDER]) as follower:
        await follower.wait_live()
        assert follower.state is State.LIVE
        for status in LIFE:
            appsync.change(ORDER, status)
        arrivals = [arrival async for arrival in follower]
    assert _statuses([a.change for a in arrivals]) == WHOLE
    assert all(arrival.pushed for arrival in arrivals)


async def test_history_is_read_only_after_the_subscription_is_live(
    appsync: FakeAppSync, ada: OrderClient
) -> None:
    appsync.ack_starts = False
    appsync.change(ORDER, "RECEIVED")
    following = asyncio.create_task(_all(ada))
    await appsync.until(lambda: bool(appsync.sockets))
    assert [name for name, _ in appsync.calls] == []
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following


async def test_unknown_order_raises_not_found(ada: OrderClient) -> None:
    with pytest.raises(NotFound, match=ORDER):
        await _all(ada)


async def test_dropped_last_event_is_found_by_a_quiet_read(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.route = lambda change: () if change["status"] == "DELIVERED" else (0.0,)
    async with ada.follower([ORDER]) as follower:
        await follower.wait_live()
        for status in LIFE:
            appsync.change(ORDER, status)
        arrivals = [arrival async for arrival in follower]
    assert _statuses([a.change for a in arrivals]) == WHOLE
    assert [a.pushed for a in arrivals] == [True] * 5 + [False]


async def test_reconnecting_after_cut_sockets_loses_nothing(appsync: FakeAppSync, ada: OrderClient) -> None:
    received: list[tuple[int, str]] = []
    appsync.change(ORDER, "RECEIVED")
    async with aclosing(ada.follow(ORDER)) as changes:  # type: ignore[type-var]
        async for change in changes:
            received.append((change.version, str(change.status)))
            if not change.status.final:
                appsync.cut()
                appsync.change(ORDER, LIFE[change.version])
    assert received == WHOLE


async def test_connection_states_are_reported(appsync: FakeAppSync) -> None:
    states: list[State] = []
    whys: list[str] = []

    back = asyncio.Event()

    def note(state: State, why: str) -> None:
        states.append(state)
        whys.append(why)
        if states.count(State.LIVE) == 2:
            back.set()

    async with (
        OrderClient(appsync.settings, ADA, pace=FAST) as client,
        client.follower([ORDER], on_state=note) as follower,
    ):
        await follower.wait_live()
        appsync.cut()
        await back.wait()
    assert states == [State.BEHIND, State.LIVE, State.AWAY, State.BEHIND, State.LIVE]
    assert "Trying again in" in whys[2]


async def test_every_connection_uses_a_valid_token(appsync: FakeAppSync, ada: OrderClient) -> None:
    async with ada.follower([ORDER]) as follower:
        await follower.wait_live()
        appsync.revoke()
        appsync.cut()
        await appsync.until(lambda: len(appsync.shown) >= 3 and appsync.live())
        for status in LIFE:
            appsync.change(ORDER, status)
        assert _statuses([a.change async for a in follower]) == WHOLE
    assert appsync.shown[0] == appsync.shown[1] != appsync.shown[2]  # refused once, then renewed


async def test_connection_is_renewed_before_its_token_expires(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.token_life = 2  # renewed after half of it
    async with ada.follower([ORDER]) as follower:
        await follower.wait_live()
        await appsync.until(lambda: len(appsync.shown) == 2 and appsync.live())
    assert appsync.shown[0] != appsync.shown[1]
    assert appsync.sign_ins == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]


async def test_silent_socket_is_given_up(appsync: FakeAppSync) -> None:
    appsync.silent = True
    async with (
        OrderClient(appsync.settings, ADA, pace=FAST, keep_alive_timeout=0.1) as client,
        client.follower([ORDER]) as follower,
    ):
        await follower.wait_live()
        await appsync.until(lambda: len(appsync.shown) >= 2)


async def test_wrong_password_ends_following(appsync: FakeAppSync) -> None:
    async with OrderClient(appsync.settings, Credentials("ada", "wrong"), pace=FAST) as client:
        with pytest.raises(NotSignedIn, match="Incorrect username or password"):
            await _all(client)


async def test_tokens_refused_repeatedly_end_following(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.change(ORDER, "RECEIVED")
    appsync.refuse_sockets = True
    with pytest.raises(NotSignedIn, match="not authorized"):
        await _all(ada)
    assert len(set(appsync.shown)) == len(appsync.shown) == 3  # a fresh one each time


async def test_refused_subscription_ends_following(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.start_error = {"errorType": "Unauthorized", "message": "Not Authorized to access onOrderStatus"}
    with pytest.raises(NotAllowed, match="onOrderStatus"):
        await _all(ada)


async def test_unavailable_server_is_tried_again(appsync: FakeAppSync, ada: OrderClient) -> None:
    for status in LIFE:
        appsync.change(ORDER, status)
    appsync.down = True
    following = asyncio.create_task(_all(ada))
    await asyncio.sleep(0.1)
    assert not following.done()
    appsync.down = False
    assert _statuses(await following) == WHOLE


async def test_unreadable_event_triggers_a_history_read(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.route = lambda _change: ()
    async with ada.follower([ORDER]) as follower:
        await follower.wait_live()
        for status in LIFE:
            appsync.change(ORDER, status)
        error = {
            "message": "Cannot return null for non-nullable type: 'ID' within parent 'OrderStatusChange'"
        }
        await appsync.publish(None, errors=[error])
        assert _statuses([a.change async for a in follower]) == WHOLE


async def test_own_orders_share_one_subscription(appsync: FakeAppSync, ada: OrderClient) -> None:
    async with ada.follower() as follower:
        await follower.wait_live()
        ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(30)]
        for order_id in ids:
            follower.track(order_id)
        follower.seal()
        appsync.change("another-customers", "RECEIVED", customer="sub-grace")
        for status in LIFE:
            for order_id in ids:
                appsync.change(order_id, status)
        changes = [arrival.change async for arrival in follower]
    for order_id in ids:
        assert _statuses([c for c in changes if c.order_id == order_id]) == WHOLE
    assert {c.order_id for c in changes} == set(ids)
    assert len(appsync.shown) == 1


async def test_orders_beyond_one_connection_open_another(appsync: FakeAppSync, ada: OrderClient) -> None:
    ids = [f"{n:08d}-0000-4000-8000-000000000000" for n in range(201)]
    async with ada.follower(ids) as follower:
        await follower.wait_live()
        assert sorted(len(socket.started) for socket in appsync.sockets) == [1, 200]
        for order_id in ids:
            appsync.change(order_id, "FAILED", "INTERNAL_ERROR")
        changes = [arrival.change async for arrival in follower]
    assert sorted(c.order_id for c in changes) == ids
    assert {c.status for c in changes} == {Status.FAILED}
