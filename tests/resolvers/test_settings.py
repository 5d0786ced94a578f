from __future__ import annotations

import pytest

from orders.environment import read
from orders.errors import ConfigurationError
from resolvers.settings import PaymentSettings, PublishSettings, StartSettings


def test_each_field_is_the_variable_of_its_name() -> None:
    assert read(
        PaymentSettings, {"FULFILMENT_TABLE": "f", "PAYMENT_TIMEOUT_SECONDS": "2.5"}
    ) == PaymentSettings("f", 2.5)


def test_everything_that_is_missing_is_named() -> None:
    with pytest.raises(ConfigurationError) as error:
        read(PublishSettings, {"GRAPHQL_URL": ""})
    assert (
        str(error.value) == "Set GRAPHQL_URL and AWS_REGION in the function's environment (PublishSettings)."
    )


@pytest.mark.parametrize("text", ["soon", "0", "-1", "nan", "inf"])
def test_a_number_is_a_number(text: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        read(PaymentSettings, {"FULFILMENT_TABLE": "f", "PAYMENT_TIMEOUT_SECONDS": text})
    assert str(error.value) == f"PAYMENT_TIMEOUT_SECONDS must be a number above 0, not {text!r}."


def test_the_environment_is_the_process_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATE_MACHINE_ARN", "arn:x")
    monkeypatch.setenv("EXPRESS_MACHINE_ARN", "arn:y")
    assert read(StartSettings) == StartSettings("arn:x", "arn:y")
