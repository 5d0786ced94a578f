"""Resolvers, functions and data sources."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from localcloud.check.run import check
from tests.check.templates import CODE, RUNTIME, api, findings_of, ref, resolver, resource, unit

SDL = "type Query { one: ID two: ID }"
LAMBDA = resource("DataSource", Name="fn", Type="AWS_LAMBDA")
STEP = resource("FunctionConfiguration", Name="step", DataSourceName="none", Code=CODE, Runtime=RUNTIME)
BOTH = {"One": unit("Query.one"), "Two": unit("Query.two")}


def pipeline(*functions: Any, **values: Any) -> dict[str, Any]:
    return resolver(
        "Query.one",
        Kind="PIPELINE",
        PipelineConfig={"Functions": list(functions)},
        Code=CODE,
        Runtime=RUNTIME,
        **values,
    )


def test_valid_resolvers_are_no_finding(tmp_path: Path) -> None:
    assert findings_of(tmp_path, api(SDL, **BOTH)) == []
    step = {"Step": STEP, "One": pipeline(ref("Step", "FunctionId")), "Two": BOTH["Two"]}
    assert findings_of(tmp_path, api(SDL, **step)) == []
    direct = {"Fn": LAMBDA, **BOTH, "Two": resolver("Query.two", DataSourceName="fn", MaxBatchSize=2000)}
    assert findings_of(tmp_path, api(SDL, **direct)) == []


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"Two": unit("Query.two")}, "warning: field-without-resolver: nothing resolves Query.one: it is always null"),  # noqa: E501
        (
            {**BOTH, "More": unit("Query.three")},
            "error: resolver-field-unknown: the resolver More is for Query.three: there is no such field",
        ),
        (
            {**BOTH, "More": unit("Thing.id")},
            "error: resolver-type-unknown: the resolver More is for Thing.id: there is no such type",
        ),
        (
            {"One": unit("Query.one", DataSourceName="nope"), "Two": BOTH["Two"]},
            "error: data-source-missing: the resolver of Query.one names the data source nope, "
            "which the API does not have",
        ),
        (
            {"One": resolver("Query.one", Code=CODE, Runtime=RUNTIME), "Two": BOTH["Two"]},
            "error: data-source-missing: the resolver of Query.one names no data source",
        ),
        (
            {"One": resolver("Query.one", DataSourceName="none"), "Two": BOTH["Two"]},
            "error: code-missing: the resolver of Query.one has no code, and its data source none (NONE) needs some",  # noqa: E501
        ),
        (
            {"One": pipeline(), "Two": BOTH["Two"]},
            "error: pipeline-empty: the resolver of Query.one is a pipeline without functions",
        ),
        (
            {"One": pipeline(*[ref("Step", "FunctionId")] * 11), "Step": STEP, "Two": BOTH["Two"]},
            "error: pipeline-too-long: the pipeline of Query.one has 11 functions of 10 at most",
        ),
        (
            {"One": pipeline(ref("Api", "FunctionId")), "Two": BOTH["Two"]},
            "error: function-missing: the pipeline of Query.one names the function Api, which is not there",
        ),
        (
            {**BOTH, "Fn": LAMBDA, "One": resolver("Query.one", DataSourceName="fn", MaxBatchSize=2001)},
            "error: batch-size: the resolver of Query.one has a MaxBatchSize of 2001; AppSync takes 2000",
        ),
        (
            {**BOTH, "One": unit("Query.one", MaxBatchSize=5)},
            "error: batch-size: the resolver of Query.one has a MaxBatchSize, which only Lambda data sources have "  # noqa: E501
            "(None: NONE)",
        ),
    ],
)  # fmt: skip
def test_each_mistake_is_reported_once(tmp_path: Path, others: dict[str, Any], expected: str) -> None:
    assert findings_of(tmp_path, api(SDL, **others)) == [expected]


def test_two_resolvers_of_one_field_are_both_named(tmp_path: Path) -> None:
    again = findings_of(tmp_path, api(SDL, **BOTH, More=unit("Query.one")))
    assert again == ["error: resolver-twice: Query.one has more than one resolver"] * 2


def test_value_known_only_at_deployment_is_reported_as_unknown(tmp_path: Path) -> None:
    unknown = {"Fn::ImportValue": "x"}
    others = {"One": unit("Query.one", DataSourceName=unknown), "Two": unit("Query.two", Code=unknown)}
    template = api(SDL, **others)
    assert findings_of(tmp_path, template) == []
    assert findings_of(tmp_path, template, notes=True) == [
        "note: lookup-needed: x is another stack's export: give --ssm x=VALUE, or first the template that "
        "creates it",
        "note: unresolved: the resolver of Query.one: its data source is known only once it is deployed",
        "note: unresolved: Two.Code is known only once it is deployed: not looked at",
    ]
    template["Resources"]["Elsewhere"] = {
        "Type": "AWS::AppSync::Resolver",
        "Properties": {"ApiId": unknown, "TypeName": "Query", "FieldName": "nope"},
    }
    assert findings_of(tmp_path, template) == []


def test_schema_in_a_remote_bucket_is_missing_locally(tmp_path: Path) -> None:
    template = api("type Query { x: ID }")
    template["Parameters"] = {"Where": {"Type": "String", "Default": "s3://bucket/schema.graphql"}}
    template["Resources"]["Schema"] = resource("GraphQLSchema", DefinitionS3Location={"Ref": "Where"})
    assert findings_of(tmp_path, template) == [
        "error: file-missing: Schema.DefinitionS3Location: s3://bucket/schema.graphql is not on this "
        "machine, and no file schema.graphql is near the template: put it there, or give "
        "--bucket bucket=FOLDER"
    ]
    template["Parameters"]["Where"].pop("Default")
    path = tmp_path / "named.json"
    path.write_text(json.dumps(template))
    named = check(path, [], {"Where": "s3://other/schema.graphql"})
    (missing,) = [finding.message for finding in named if finding.rule == "file-missing"]
    assert "s3://other/schema.graphql is not on this machine" in missing
