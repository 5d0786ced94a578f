"""Parameters: what is missing is asked for at once, and each takes what CloudFormation takes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.stack.parameter_types import problem
from localcloud.stack.parameters import UsageError, check_complete, check_values, parameter_values

STAGE = {"Type": "String", "AllowedValues": ["dev", "prod"], "Description": "Which\nstage."}


def template(**parameters: Any) -> dict[str, Any]:
    return {"Parameters": parameters, "Resources": {}}


def test_every_missing_parameter_is_requested_with_its_type() -> None:
    whole = template(
        Stage=STAGE,
        Mail={"Type": "String", "AllowedPattern": ".+@.+"},
        Size={"Type": "Number", "MinValue": 1, "MaxValue": 9},
        Vpc={"Type": "AWS::EC2::VPC::Id"},
        Quiet={"Type": "String", "Default": ""},
        Given={"Type": "String"},
    )
    with pytest.raises(UsageError) as refused:
        check_complete(whole, {"Given": "x"}, "app.yaml")
    assert str(refused.value).splitlines() == [
        "app.yaml: these 4 parameters have no default; give:",
        "  --parameter Stage=dev   String, one of dev, prod: Which stage.",
        "  --parameter Mail=VALUE  String, matching .+@.+",
        "  --parameter Size=VALUE  Number, at least 1, at most 9",
        "  --parameter Vpc=VALUE   AWS::EC2::VPC::Id",
    ]
    check_complete(whole, {"Given": "", "Stage": "", "Mail": "", "Size": "", "Vpc": ""}, "app.yaml")


@pytest.mark.parametrize(
    ("body", "value", "wanted"),
    [
        (STAGE, "test", "wants one of dev, prod"),
        ({"Type": "String", "AllowedValues": [True, 1]}, "true", None),
        ({"Type": "Number"}, "1e3", None),
        ({"Type": "Number"}, "x", "wants a number"),
        ({"Type": "Number", "MinValue": "2"}, "1", "wants at least 2"),
        ({"Type": "Number", "AllowedValues": [1, 2]}, "3", "wants one of 1, 2"),
        ({"Type": "List<Number>", "MaxValue": 5}, "1, 7", "wants at most 5"),
        ({"Type": "List<Number>"}, "1, 2", None),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "b, a", None),
        ({"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]+"}, "a,B", "must match [a-z]+"),
        ({"Type": "String", "AllowedPattern": "a"}, "ab", "must match a"),
        ({"Type": "String", "AllowedPattern": "(?<x>a)("}, "ab", None),
        ({"Type": "String", "MinLength": 2}, "a", "wants at least 2 characters"),
        ({"Type": "String", "MaxLength": "2"}, "abc", "wants at most 2 characters"),
        (
            {"Type": "String", "MinLength": 2, "ConstraintDescription": "two letters"},
            "a",
            "fails its constraint: two letters",
        ),
        ({"Type": "AWS::EC2::Subnet::Id"}, "subnet-1", None),
        ({"Type": "List<AWS::EC2::Subnet::Id>"}, "subnet-1,subnet-2", None),
        ({"Type": "AWS::SSM::Parameter::Value<String>", "AllowedPattern": "x"}, "/a/name", None),
        (
            {"Type": "AWS::SSM::Parameter::Value<String>"},
            "",
            "wants the name of a stored parameter",
        ),
        ({}, "anything", None),
    ],
)
def test_parameter_accepts_values_of_its_type(body: Any, value: str, wanted: str | None) -> None:
    assert problem(body, value) == wanted


@given(st.lists(st.integers(-99, 99), min_size=1), st.integers(-99, 99), st.integers(-99, 99))
def test_number_list_is_accepted_when_each_is_within_bounds(items: list[int], least: int, most: int) -> None:
    body: Any = {"Type": "List<Number>", "MinValue": least, "MaxValue": most}
    used = problem(body, ",".join(map(str, items))) is None
    assert used == all(least <= item <= most for item in items)


def test_every_invalid_value_and_default_is_named() -> None:
    whole = template(Stage={**STAGE, "Default": "none"}, Size={"Type": "Number", "Default": 1})
    with pytest.raises(UsageError) as refused:
        check_values(whole, {"Size": "x"})
    assert str(refused.value).splitlines() == [
        "the default 'none' of Stage: Stage wants one of dev, prod",
        "--parameter Size=x: Size wants a number",
    ]
    check_values(whole, {"Stage": "dev"})
    with pytest.raises(UsageError, match="has no parameter Stag; it has: Size, Stage"):
        parameter_values(whole, ["Stag=dev"])
    with pytest.raises(UsageError, match="wants one of"):
        parameter_values(whole, ["Stage=x"])
