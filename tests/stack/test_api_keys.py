"""API keys whose time is over, in a template of CloudFormation or of SAM."""

from __future__ import annotations

import pytest

from localcloud.stack.api_keys import expired_keys
from localcloud.stack.template import Json

PAST, FUTURE = 1609426799, 4102444800


@pytest.mark.parametrize(("end", "count"), [(PAST, 1), (str(PAST), 1), (FUTURE, 0), ({"Ref": "End"}, 1)])
@pytest.mark.parametrize("sam", [True, False])
def test_key_is_named_when_its_time_is_over(end: Json, count: int, *, sam: bool) -> None:
    key: Json = {"Type": "AWS::AppSync::ApiKey", "Properties": {"Expires": end}}
    api: Json = {
        "Type": "AWS::Serverless::GraphQLApi",
        "Properties": {"ApiKeys": {"Key": {"ExpiresOn": end}}},
    }
    parameters: Json = {"End": {"Type": "Number"}}
    template: dict[str, Json] = {"Parameters": parameters, "Resources": {"One": api if sam else key}}
    named = list(expired_keys(template, {"End": str(PAST)}))
    assert len(named) == count
    assert all(name == ("ApiKeys" if sam else "Expires") for _, name, _ in named)
