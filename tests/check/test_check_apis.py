"""Parts of an API that the template does not create."""

from __future__ import annotations

import pytest

from localcloud.check.rules.apis import apis_elsewhere
from localcloud.stack.language import stored
from localcloud.stack.template import Json

SENTENCE = (
    "Source and 1 more belong to an API that this template does not create (Id): start the template that "
    "nests this one, or name first the one that creates the API and exports its id"
)


def template(owner: Json, kind: str = "String") -> dict[str, Json]:
    values: Json = {"ApiId": owner, "Name": "none", "Type": "NONE"}
    source: Json = {"Type": "AWS::AppSync::DataSource", "Properties": values}
    api: Json = {"Type": "AWS::AppSync::GraphQLApi", "Properties": {"Name": "a"}}
    return {
        "Parameters": {"Id": {"Type": kind}},
        "Resources": {"Api": api, "Source": source, "Other": source},
    }


@pytest.mark.parametrize("values", [{}, {"Id": "abc"}])
def test_api_of_a_plain_parameter_cannot_be_here(values: dict[str, str]) -> None:
    assert list(apis_elsewhere(template({"Ref": "Id"}), values)) == [("Source", SENTENCE)]


@pytest.mark.parametrize("owner", [{"Fn::GetAtt": ["Api", "ApiId"]}, {"Fn::ImportValue": "api"}])
def test_api_of_the_template_or_of_an_export_may_be_here(owner: Json) -> None:
    assert not list(apis_elsewhere(template(owner), {}))


def test_api_that_is_looked_up_may_be_here_but_not_under_an_id_of_the_command_line() -> None:
    looked_up = template({"Ref": "Id"}, "AWS::SSM::Parameter::Value<String>")
    assert not list(apis_elsewhere(looked_up, {"Id": "/api"}))
    assert list(apis_elsewhere(looked_up, {"Id": "/api", stored("/api"): "abc"}))
    exported = template({"Fn::ImportValue": "api"})
    assert list(apis_elsewhere(exported, {stored("api"): "abc"}))


def test_part_that_a_condition_leaves_out_does_not_count() -> None:
    left_out = template("abc")
    never: Json = {"Fn::Equals": ["a", "b"]}
    resources = left_out["Resources"]
    assert isinstance(resources, dict)
    for name in ("Source", "Other"):
        body = resources[name]
        assert isinstance(body, dict)
        resources[name] = {**body, "Condition": "Never"}
    assert not list(apis_elsewhere({**left_out, "Conditions": {"Never": never}}, {}))
