"""Which ports the parts get, and which are refused."""

from __future__ import annotations

import asyncio
import socket

import pytest

from localcloud.command_line.options import UsageError, check, parser
from localcloud.gateway.loader import Loaded
from localcloud.gateway.service import GatewayService
from localcloud.network.blocked_ports import BLOCKED, next_open, refusal
from localcloud.network.port_numbers import PortNumbers
from localcloud.network.ports import Ports, PortTaken, bind, numbers_from, required, site_port, unfit
from tests.appsync.endpoint_support import ENGINE
from tests.gateway.support import Fakes, rest


def test_port_refused_by_browsers_is_refused_with_the_reason() -> None:
    # As the web platform's own test of the list has them (fetch/api/request/request-bad-port).
    assert {1, 7, 9, 22, 179, 636, 989, 993, 2049, 4190, 5060, 6000, 6566, 6679, 10080} <= BLOCKED.keys()
    assert len(BLOCKED) == 82
    for port in BLOCKED:
        reason = unfit(port)
        assert reason is not None
        assert reason.startswith(f"browsers refuse to open port {port} (")
        assert BLOCKED[port] in reason
    options = parser().parse_args(["template.yaml", "--port", "6667"])
    with pytest.raises(UsageError, match=r"^--port 6667: browsers refuse to open port 6667 \(ircu, "):
        check(options)


@pytest.mark.parametrize("port", [-1, 65_001, 65_535, 70_000])
def test_port_without_room_above_it_is_refused(port: int) -> None:
    reason = unfit(port)
    assert reason is not None
    assert reason.startswith("expected 0 to 65000: the other parts listen on the ports above it")


@pytest.mark.parametrize("port", [0, 80, 4566, 6001, 65_000])
def test_other_ports_are_accepted(port: int) -> None:
    assert unfit(port) is None


def test_automatic_port_is_none_that_browsers_refuse() -> None:
    assert [next_open(port) for port in (0, 4566, 6665, 10080)] == [0, 4566, 6670, 10081]
    assert refusal(next_open(6665)) is None
    assert site_port(6566 - 30) == 6567


def test_api_gets_the_lowest_free_port_that_browsers_open() -> None:
    numbers = PortNumbers.starting_at(6664)
    assert [numbers.take() for _ in range(3)] == [6664, 6670, 6671]
    numbers.give_back(6670)
    assert [numbers.take() for _ in range(2)] == [6670, 6672]
    assert PortNumbers.starting_at(0).take() == 0


def test_api_beyond_the_last_port_is_refused() -> None:
    numbers = PortNumbers.starting_at(65_535)
    assert numbers.take() == 65_535
    with pytest.raises(OSError, match="65535 is the last port there is"):
        numbers.take()


def test_apis_of_one_kind_leave_the_others_their_ports() -> None:
    apis, gateway = numbers_from(4566)
    graphql = [apis.take() for _ in range(9)]
    assert graphql == [*range(4569, 4576), 4606, 4607]
    assert [gateway.take() for _ in range(21)] == [*range(4576, 4596), 4608]
    apis.give_back(4606)
    assert gateway.take() == 4606


async def test_gateway_api_gets_the_next_port_that_browsers_open() -> None:
    gateway = GatewayService(ENGINE, Fakes().invoke, lambda: Loaded((rest(),)))
    await gateway.start(first_port=6665)
    try:
        (address,) = await gateway.load_all()
        assert address.url.startswith("http://127.0.0.1:6670/")
    finally:
        await gateway.stop()


async def test_part_without_its_port_names_it_and_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        words = rf"^the page cannot .*{port}.* in use; .* another --port"
        with pytest.raises(PortTaken, match=words), required("the page"):
            await asyncio.start_server(lambda *_: None, "127.0.0.1", port)


def test_occupied_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port} is in use on 127.0.0.1"):
            Ports.starting_at(port)


def test_occupied_port_above_the_first_is_named_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1] - 1
        above = f"{port + 1} is in use on 127.0.0.1, and the Runtime API of functions needs it; end what"
        # Another process may have the engine's port just then: it is the only other answer.
        words = rf"^port ({above}|{port} is in use)"
        with pytest.raises(PortTaken, match=words):
            Ports.starting_at(port)


def test_port_that_browsers_refuse_is_not_picked() -> None:
    with bind(0) as free:
        assert free.getsockname()[1] not in BLOCKED
