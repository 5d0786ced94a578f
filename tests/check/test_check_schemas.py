"""Schemas, subscriptions, publishers and authorization directives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud.check.run import check
from tests.check.templates import CODE, api, findings_of, unit

EVENT = "type Event { id: ID! room: String text: String! inner: Inner } type Inner { a: ID b: ID! }"
SDL = f"""
type Query {{ x: ID }}
type Mutation {{ say(id: ID): Event other: ID }}
{EVENT}
type Subscription {{ onSay(room: String): Event @aws_subscribe(mutations: ["say"]) }}
"""
RESOLVED = {
    "X": unit("Query.x"),
    "Say": unit("Mutation.say"),
    "Other": unit("Mutation.other"),
}


def changed(old: str, new: str) -> str:
    assert old in SDL
    return SDL.replace(old, new)


def test_invalid_schema_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "schema.graphql").write_text("type Query {\n  a: Nope\n  b: [Never\n}\n")
    template = api("", X=unit("Query.a"))
    template["Resources"]["Schema"]["Properties"] = {
        "ApiId": {"Fn::GetAtt": ["Api", "ApiId"]},
        "DefinitionS3Location": "schema.graphql",
    }
    assert findings_of(tmp_path, template) == [
        "error: schema-invalid: Syntax Error: Expected ']', found '}'."
    ]
    (tmp_path / "schema.graphql").write_text("type Query {\n  a: Nope\n  b: Never\n}\n")
    places = [(finding.place.path.name, finding.place.line) for finding in check(tmp_path / "template.json")]
    assert places == [("schema.graphql", 2), ("schema.graphql", 3)]
    (tmp_path / "schema.graphql").unlink()
    assert findings_of(tmp_path, template)[0].startswith(
        "error: file-missing: Schema.DefinitionS3Location names"
    )


def test_valid_subscriptions_are_no_finding(tmp_path: Path) -> None:
    assert findings_of(tmp_path, api(SDL, **RESOLVED)) == []


FILTER = """import { extensions, util } from '@aws-appsync/utils';
export function request(ctx) { return {}; }
export function response(ctx) {
  extensions.setSubscriptionFilter(util.transform.toSubscriptionFilter({ and: [], %s: { eq: 'a' } }));
  extensions.setSubscriptionInvalidationFilter({ filterGroup: [{ filters: [{ fieldName: 'free' }] }] });
  return null;
}
"""
VTL = '$extensions.setSubscriptionFilter({"filterGroup":[{"filters":[{"fieldName":"%s"}]}]})\nnull'


@pytest.mark.parametrize(
    ("sdl", "others", "expected"),
    [
        (
            changed('"say"', '"shout"'),
            {},
            "error: subscribe-mutation-unknown: onSay subscribes to the mutation shout, "
            "which the schema does not have",
        ),
        (
            changed('"say"', '"other"'),
            {},
            "error: subscribe-type-differs: onSay is of type Event, and the mutation other that fires it of ID",  # noqa: E501
        ),
        (
            changed("onSay(room: String): Event", "onSay(room: String): [Event]"),
            {},
            "warning: subscribe-type-differs: onSay is of type [Event], and the mutation say that fires it of Event",  # noqa: E501
        ),
        (
            changed('@aws_subscribe(mutations: ["say"])', ""),
            {},
            "warning: subscribe-nothing: Subscription.onSay has no @aws_subscribe: nothing is ever published to it",  # noqa: E501
        ),
        (
            changed("onSay(room: String)", "onSay(place: String)"),
            {},
            "warning: filter-field-unknown: the argument place of onSay filters by the field of its name, "
            "and Event has none: no event passes",
        ),
        (
            changed("onSay(room: String)", "onSay(place: String)"),
            {"Sub": unit("Subscription.onSay")},
            "warning: filter-field-unknown: the argument place of onSay filters by the field of its name, "
            "and Event has none: no event passes",
        ),
        (
            SDL,
            {"Sub": unit("Subscription.onSay", FILTER % "mood")},
            "warning: filter-field-unknown: the filter of Subscription.onSay asks for mood, which Event does not have",  # noqa: E501
        ),
        (
            SDL,
            {"Sub": unit("Subscription.onSay", FILTER % "'inner.c'")},
            "warning: filter-field-unknown: the filter of Subscription.onSay asks for inner.c, "
            "which Event does not have",
        ),
    ],
)  # fmt: skip
def test_subscription_without_a_publisher_is_a_finding(
    tmp_path: Path, sdl: str, others: dict[str, Any], expected: str
) -> None:
    assert findings_of(tmp_path, api(sdl, **RESOLVED, **others)) == [expected]


def test_filters_of_existing_fields_are_no_finding(tmp_path: Path) -> None:
    for field in ("room", "'inner.a'"):
        sub = unit("Subscription.onSay", FILTER % field)
        assert findings_of(tmp_path, api(SDL, **RESOLVED, Sub=sub)) == []
    for field, count in (("room", 0), ("mood", 1)):
        sub = unit("Subscription.onSay", ResponseMappingTemplate=VTL % field, RequestMappingTemplate="{}")
        del sub["Properties"]["Code"]
        messages = findings_of(tmp_path, api(SDL, **RESOLVED, Sub=sub))
        assert sum("filter-field-unknown: the filter of" in message for message in messages) == count


PUBLISHER_FILTER = "warning: publisher-filter-field: say does not select room, which onSay filters by: no filtered subscriber receives it"  # noqa: E501
PUBLISHER_NULL = (
    "warning: publisher-non-null-field: say does not select {}, which cannot be null: a subscriber of onSay "
    "that selects it gets an error and no data"
)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.graphql", "mutation { say { id room text inner { a b } } }", []),
        ("a.graphql", "mutation { other }", []),
        ("a.graphql", "mutation { say { id text inner { a b } } }", [PUBLISHER_FILTER]),
        ("a.graphql", "mutation { say { ...F } } fragment F on Event { room id text }", []),
        ("a.py", 'F = ("room", "id")\nM = f"mutation {{ say {{ {\' \'.join(F)} }} }}"\n', [PUBLISHER_NULL.format("text")]),  # noqa: E501
        ("a.js", "const m = `mutation M {\n say { room: id inner { a } } }`", [PUBLISHER_FILTER, PUBLISHER_NULL.format("inner.b, text")]),  # noqa: E501
        ("a.js", "// mutation { say { id } }\n", []),
        ("a.py", "this is no Python: mutation { say { id } }", []),
    ],
)  # fmt: skip
def test_field_omitted_by_a_publisher_is_a_finding(
    tmp_path: Path, name: str, text: str, expected: list[str]
) -> None:
    (tmp_path / name).write_text(text)
    assert findings_of(tmp_path, api(SDL, **RESOLVED)) == expected


def test_publisher_that_omits_a_field_of_an_enhanced_filter_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text("mutation { say { id text room } }")
    sub = unit("Subscription.onSay", FILTER % "'inner.a'")
    assert findings_of(tmp_path, api(SDL, **RESOLVED, Sub=sub)) == [PUBLISHER_FILTER.replace("room", "inner")]


def test_publishers_are_read_from_the_configured_folder(tmp_path: Path) -> None:
    template = tmp_path / "deep" / "template"
    template.mkdir(parents=True)
    findings_of(template, api(SDL, **RESOLVED))
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "a.graphql").write_text("\nmutation {\n  say { id text }\n}\n")
    assert check(template / "template.json") == []
    silent = [
        finding
        for finding in check(template / "template.json", [tmp_path / "clients"])
        if finding.rule == "publisher-filter-field"
    ]
    assert [(finding.place.path.name, finding.place.line) for finding in silent] == [("a.graphql", 3)]


@pytest.mark.parametrize(
    ("sdl", "expected"),
    [
        ("type Query { x: T @aws_iam @aws_api_key } type T @aws_iam @aws_api_key { a: ID }", []),
        ("type Query { x: T @aws_iam @aws_api_key } type T { a: ID b: ID @aws_iam }", []),
        (
            "type Query { x: T @aws_iam @aws_api_key } type T { a: ID }",
            [
                'warning: not-authorized: Query.x is open to AWS_IAM, and no field of T is: all that it returns is '  # noqa: E501
                '"Not Authorized". Add @aws_iam to the type T'
            ],
        ),
        (
            "type Query @aws_iam { x: [U!] } union U = T | V type T { a: ID } type V @aws_iam { a: W } type W { a: ID }",  # noqa: E501
            [
                'warning: not-authorized: Query.x is open to AWS_IAM, and no field of T is: all that it returns is '  # noqa: E501
                '"Not Authorized". Add @aws_iam to the type T',
                'warning: not-authorized: V.a is open to AWS_IAM, and no field of W is: all that it returns is '  # noqa: E501
                '"Not Authorized". Add @aws_iam to the type W',
            ],
        ),
        (
            "type Query { x: T @aws_iam } type T @aws_iam { a: ID b: ID! @aws_api_key }",
            [
                "warning: not-authorized-non-null: T.b cannot be null and is refused to AWS_IAM, which reaches it by "  # noqa: E501
                "Query.x: who selects it gets no T at all"
            ],
        ),
        (
            "type Query { x: ID @aws_api_key @aws_lambda }",
            ["warning: mode-not-configured: Query.x has @aws_lambda, and the API has no mode AWS_LAMBDA"],
        ),
        (
            'type Query { x: ID @aws_auth(cognito_groups: ["a"]) }',
            [
                "warning: directive-without-effect: @aws_auth on Query.x has no effect: AWS heeds it where a user "  # noqa: E501
                "pool is the only authorization mode; use @aws_cognito_user_pools."
            ],
        ),
    ],
)  # fmt: skip
def test_type_that_excludes_an_allowed_caller_is_a_finding(
    tmp_path: Path, sdl: str, expected: list[str]
) -> None:
    assert findings_of(tmp_path, api(sdl, "API_KEY", "AWS_IAM", X=unit("Query.x"))) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (CODE, []),
        (CODE + "while (true) {}", ["error: js-no-while: while and do loops are not supported: use for…of, for…in or array methods"]),  # noqa: E501
        ("export function request(ctx) {}", ["error: js-no-handler: the file exports no function response"]),
        ("const a = 'b", ["error: js-syntax: a string that does not end"]),
    ],
)  # fmt: skip
def test_code_refused_by_aws_is_a_finding(tmp_path: Path, code: str, expected: list[str]) -> None:
    assert findings_of(tmp_path, api("type Query { x: ID }", X=unit("Query.x", code))) == expected


def test_handlers_of_an_event_api_are_checked(tmp_path: Path) -> None:
    template = api("type Query { x: ID }", X=unit("Query.x"))
    template["Resources"] |= {
        "Events": {"Type": "AWS::AppSync::Api", "Properties": {"Name": "events", "EventConfig": {}}},
        "News": {
            "Type": "AWS::AppSync::ChannelNamespace",
            "Properties": {
                "ApiId": {"Fn::GetAtt": ["Events", "ApiId"]},
                "Name": "news",
                "CodeHandlers": "export function onPublish(ctx) { return ctx.events; }",
            },
        },
    }
    assert findings_of(tmp_path, template) == []
    template["Resources"]["News"]["Properties"]["CodeHandlers"] += "\nthrow 1"
    (message,) = findings_of(tmp_path, template)
    assert message.startswith("error: js-no-throw: throw is not supported")


def test_unreadable_mapping_template_is_a_finding(tmp_path: Path) -> None:
    x = unit(
        "Query.x", RequestMappingTemplate='{"version": "2018-05-29"}', ResponseMappingTemplate="#if($x)\n1"
    )
    del x["Properties"]["Code"]
    (message,) = [line for line in findings_of(tmp_path, api("type Query { x: ID }", X=x)) if "vtl" in line]
    assert message.startswith("error: vtl-")


def test_reference_to_a_missing_resource_is_a_finding(tmp_path: Path) -> None:
    deep = {"Fn::Join": ["", [{"Ref": "Gone"}, {"Ref": "AWS::Region"}]]}
    sub = {"Fn::Sub": ["${Own}${Lost.Arn}${!Literal}", {"Own": {"Fn::GetAtt": ["Away", "Arn"]}}]}
    template = api("type Query { x: ID }", X=unit("Query.x", DataSourceName="none", MaxBatchSize=0))
    template["Resources"]["None"]["Properties"] |= {"ServiceRoleArn": deep, "Description": sub}
    assert findings_of(tmp_path, template) == [
        f"error: reference-unknown: None refers to {name}, which is neither a resource nor a parameter"
        for name in ("Away", "Gone", "Lost")
    ]
    template["Transform"] = "AWS::Serverless-2016-10-31"
    assert findings_of(tmp_path, template) == []


def test_unsupported_properties_and_types_are_noted(tmp_path: Path) -> None:
    template = api("type Query { x: ID }", X=unit("Query.x", SyncConfig={}))
    template["Resources"]["Api"]["Properties"]["OwnerContact"] = "nobody"
    template["Resources"]["Api"]["CreationPolicy"] = {}
    template["Resources"]["Machine"] = {"Type": "AWS::EC2::Instance"}
    assert findings_of(tmp_path, template, notes=True) == [
        "warning: unsupported-property: AWS::AppSync::GraphQLApi: the attribute CreationPolicy is ignored",
        "note: without-effect: AWS::AppSync::GraphQLApi: OwnerContact has no effect on one machine: "
        "nothing reads it here",
        "warning: unsupported-property: AWS::AppSync::Resolver: SyncConfig is not supported by the local cloud",  # noqa: E501
        "warning: unserved-type: Machine: AWS::EC2::Instance: no virtual machines run here; it is created "
        "as a stand-in, and calls to it fail",
    ]


def test_literal_in_a_comment_before_an_enums_value_is_named(tmp_path: Path) -> None:
    enum = "enum Kind {\n  A\n  # is null\n  # or not\n  B\n  # nullable\n  C\n}\n"
    sdl = f"type Query {{\n  # null\n  x: Kind\n}}\n{enum}extend enum Kind {{\n  # true\n  D\n}}\n"
    findings = [line for line in findings_of(tmp_path, api(sdl, X=unit("Query.x"))) if "enum-comment" in line]
    assert [line.split("(")[1].split(")")[0] for line in findings] == ["Kind.B", "Kind.D"]
