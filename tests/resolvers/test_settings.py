from __future__ import annotations

from dataclasses import fields

import pytest

from orders.adapters.settings import OrdersSettings, StartSettings
from orders.environment import read
from orders.errors import ConfigurationError
from resolvers.settings import ChannelSettings, PaymentSettings


def test_each_field_is_the_variable_of_its_name() -> None:
    assert read(
        PaymentSettings, {"FULFILMENT_TABLE": "f", "PAYMENT_TIMEOUT_SECONDS": "2.5"}
    ) == PaymentSettings("f", 2.5)


def test_every_missing_variable_is_named() -> None:
    with pytest.raises(ConfigurationError) as error:
        read(StartSettings, {"STATE_MACHINE_ARN": ""})
    assert (
        str(error.value)
        == "Set STATE_MACHINE_ARN and EXPRESS_MACHINE_ARN in the function's environment (StartSettings)."
    )


def channel_variables(**changes: str) -> dict[str, str]:
    """Return an environment with every channel off, but for ``changes``."""
    names = [field.name.upper() for field in fields(ChannelSettings)]
    return dict.fromkeys(names, "") | {"AWS_REGION": "eu-west-1"} | changes


def test_empty_address_disables_its_channel() -> None:
    where = read(ChannelSettings, channel_variables(GRAPHQL_URL="https://api/graphql"))
    assert (where.graphql_url, where.connections_table) == ("https://api/graphql", None)


def test_missing_address_is_an_error() -> None:
    environment = channel_variables()
    del environment["GRAPHQL_URL"]
    with pytest.raises(ConfigurationError, match=r"^Set GRAPHQL_URL in the function's environment"):
        read(ChannelSettings, environment)


def test_required_variable_must_not_be_empty() -> None:
    with pytest.raises(ConfigurationError, match="ORDERS_TABLE"):
        read(OrdersSettings, {"ORDERS_TABLE": ""})


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf"])
def test_invalid_number_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(PaymentSettings, {"FULFILMENT_TABLE": "f", "PAYMENT_TIMEOUT_SECONDS": text})
    assert str(error.value) == f"PAYMENT_TIMEOUT_SECONDS must be a number above 0, not {text!r}."


def test_environment_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_MACHINE_ARN", "arn:x")
    monkeypatch.setenv("EXPRESS_MACHINE_ARN", "arn:y")
    assert read(StartSettings) == StartSettings("arn:x", "arn:y")
