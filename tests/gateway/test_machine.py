"""The WebSocket protocol of one connection, without a socket: limits, closes, and what is sent."""

from __future__ import annotations

import pytest
from websockets.frames import Close, Frame, Opcode

from localcloud.gateway.websocket.deadlines import Deadlines
from localcloud.gateway.websocket.machine import MAX_FRAME, Ended, GatewayConnectionMachine, Message


def frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True) -> bytes:
    """Return a frame as a client sends it."""
    return Frame(opcode, data, fin).serialize(mask=True)


def text(data: bytes, *, fin: bool = True) -> bytes:
    return frame(Opcode.TEXT, data, fin=fin)


def more(data: bytes, *, fin: bool = True) -> bytes:
    return frame(Opcode.CONT, data, fin=fin)


def server(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=False)


def closed(code: int, reason: str) -> bytes:
    return server(Opcode.CLOSE, Close(code, reason).serialize())


def test_messages_are_assembled_from_fragments_and_pieces() -> None:
    machine = GatewayConnectionMachine()
    assert machine.receive(text(b"one") + text(b"two")) == [Message("one"), Message("two")]
    assert machine.receive(text(b"a", fin=False) + more(b"b", fin=False)) == []
    assert machine.receive(more(b"c")) == [Message("abc")]
    pieces = [machine.receive(bytes((byte,))) for byte in text(b"slowly")]
    assert [event for events in pieces for event in events] == [Message("slowly")]
    assert machine.outgoing() == b""


def test_character_may_be_split_between_fragments() -> None:
    machine = GatewayConnectionMachine()
    assert machine.receive(text(b"\xc3", fin=False) + more(b"\xa9")) == [Message("\u00e9")]


def test_pings_are_answered_and_are_no_events() -> None:
    machine = GatewayConnectionMachine()
    assert machine.receive(frame(Opcode.PING, b"there?") + frame(Opcode.PONG, b"")) == []
    assert machine.outgoing() == server(Opcode.PONG, b"there?")


def test_largest_frame_and_largest_message_are_accepted() -> None:
    machine = GatewayConnectionMachine()
    quarter = b"x" * MAX_FRAME
    assert machine.receive(text(quarter)) == [Message("x" * MAX_FRAME)]
    whole = text(quarter, fin=False) + more(quarter, fin=False) + more(quarter, fin=False) + more(quarter)
    assert machine.receive(whole) == [Message("x" * 4 * MAX_FRAME)]


def test_oversized_frame_is_refused_by_its_header_alone() -> None:
    machine = GatewayConnectionMachine()
    (ended,) = machine.receive(text(b"x" * (MAX_FRAME + 1))[:14])
    assert isinstance(ended, Ended)
    assert ended.code == 1009
    assert machine.outgoing() == closed(1009, ended.reason)
    assert machine.hangs_up


def test_oversized_message_is_refused() -> None:
    machine = GatewayConnectionMachine()
    quarter = b"x" * MAX_FRAME
    assert machine.receive(text(quarter, fin=False) + 3 * more(quarter, fin=False)) == []
    (ended,) = machine.receive(more(b"x"))
    assert isinstance(ended, Ended)
    assert ended.code == 1009


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(Opcode.BINARY, b"x"), 1003),
        (text(b"\xff"), 1007),
        (text(b"\xc3", fin=False) + more(b"x"), 1007),
        (more(b"x"), 1002),
        (text(b"a", fin=False) + text(b"b"), 1002),
        (Frame(Opcode.TEXT, b"x").serialize(mask=False), 1002),
        (b"\xf1\x80\x00\x00\x00\x00", 1002),
        (b"\x83\x80\x00\x00\x00\x00", 1002),
    ],
    # Named, for masks are random and parameters distinguish the tests.
    ids=["binary", "no-utf8", "half-letter", "stray", "unfinished", "unmasked", "reserved-bits", "opcode"],
)
def test_invalid_frames_end_the_connection_with_a_code(data: bytes, code: int) -> None:
    machine = GatewayConnectionMachine()
    (ended,) = machine.receive(data)
    assert isinstance(ended, Ended)
    assert ended.code == code
    assert machine.outgoing() == closed(code, ended.reason)
    assert machine.hangs_up
    assert machine.receive(text(b"more")) == []


def test_client_close_is_answered_with_its_code() -> None:
    machine = GatewayConnectionMachine()
    goodbye = frame(Opcode.CLOSE, Close(4001, "enough").serialize())
    assert machine.receive(text(b"x") + goodbye) == [Message("x"), Ended(4001, "enough")]
    assert machine.outgoing() == closed(4001, "enough")
    assert machine.hangs_up
    assert machine.receive_eof() == []


def test_client_close_without_a_code_is_answered() -> None:
    machine = GatewayConnectionMachine()
    assert machine.receive(frame(Opcode.CLOSE)) == [Ended(1005, "Client-side close frame status not set")]
    assert machine.outgoing() == server(Opcode.CLOSE, b"")


def test_lost_connection_ends_abnormally() -> None:
    machine = GatewayConnectionMachine()
    assert machine.receive(text(b"x")[:3]) == []
    assert machine.receive_eof() == [Ended(1006, "Connection Closed Abnormally")]
    assert machine.close(1001, "late") == []


def test_server_close_waits_for_the_answer() -> None:
    machine = GatewayConnectionMachine()
    assert machine.close(1001, "Going away") == [Ended(1001, "Going away")]
    assert machine.outgoing() == closed(1001, "Going away")
    assert not machine.hangs_up
    machine.send(b"too late")
    assert machine.outgoing() == b""
    assert machine.receive(text(b"crossed") + frame(Opcode.CLOSE, Close(1001, "").serialize())) == []
    machine.outgoing()
    assert machine.hangs_up


def test_messages_larger_than_a_frame_are_split() -> None:
    machine = GatewayConnectionMachine()
    machine.send(b"")
    assert machine.outgoing() == server(Opcode.TEXT, b"")
    machine.send(b"x" * (2 * MAX_FRAME + 1))
    assert machine.outgoing() == (
        server(Opcode.TEXT, b"x" * MAX_FRAME, fin=False)
        + server(Opcode.CONT, b"x" * MAX_FRAME, fin=False)
        + server(Opcode.CONT, b"x")
    )


def test_deadlines_close_the_connection() -> None:
    deadlines = Deadlines(opened=100.0)
    assert deadlines.next() == 700.0
    assert (deadlines.passed(699.9), deadlines.passed(700.0)) == (False, True)
    deadlines.active(650.0)
    assert deadlines.next() == 1250.0
    deadlines.active(7250.0)
    assert deadlines.next() == 7300.0  # two hours, however busy it is
