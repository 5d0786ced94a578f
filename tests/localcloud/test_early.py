"""An engine that is started ahead of time: its settings come later, or it ends."""

from __future__ import annotations

import socket

from localcloud.engine.early import LISTENER, received
from localcloud.engine_process.early import EarlyEngine


def test_early_engine_receives_its_variables_and_its_listener() -> None:
    ours, theirs = socket.socketpair()
    long = {"LOCALCLOUD_REGION": "eu-west-1", "LOCALCLOUD_DATA": "/" + "d" * 5000}
    with ours, theirs, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        EarlyEngine.send(ours, long, listener)
        variables = received(theirs.fileno())
        assert variables is not None
        with socket.socket(fileno=int(variables.pop(LISTENER))) as passed:
            assert passed.getsockname()[1] == port
    assert variables == long


def test_early_engine_receives_nothing_when_the_parent_ends() -> None:
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs:
        assert received(theirs.fileno()) is None


def test_early_engine_is_gone_when_it_is_discarded() -> None:
    engine = EarlyEngine()
    engine.discard()
    assert engine.process.returncode is not None
