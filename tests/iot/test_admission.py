"""A CONNECT that nobody can judge."""

from __future__ import annotations

import pytest

from localcloud.aws import EngineAddress, new_credentials
from localcloud.iot.admission import Admission, ConnectRefused, IotContext
from localcloud.iot.authorizing import Authorizers, EngineDirectory, HttpPart
from localcloud.iot.broker import Broker
from localcloud.iot.codec import MQTT_5, Connect
from localcloud.iot.codec.codes import Reason
from localcloud.iot.limits import Times
from localcloud.network.ports import bind
from tests.iot.conftest import Result

ACCOUNT, REGION = "123456789012", "eu-west-1"


async def no_function(function: str, payload: bytes, *, limit: float | None = None) -> Result:
    raise AssertionError("no authorizer was found whose function could be invoked")


async def test_client_must_reconnect_when_the_engine_does_not_answer() -> None:
    with bind(0) as bound:  # nobody listens there
        port = bound.getsockname()[1]
        engine = EngineAddress(f"http://127.0.0.1:{port}", REGION, ACCOUNT, new_credentials(ACCOUNT))
        authorizers = Authorizers(EngineDirectory(engine), no_function)
        context = IotContext(authorizers, Broker(engine), REGION, ACCOUNT, Times())
        with pytest.raises(ConnectRefused) as refused:
            await Admission(context, HttpPart({}), None, "c1").admit(Connect(MQTT_5, "ann"))
    assert refused.value.reason is Reason.SERVER_UNAVAILABLE
