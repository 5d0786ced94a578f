"""``util``: ids, codecs, times, DynamoDB values, transforms."""

from __future__ import annotations

import base64
import json
import re
import uuid
from urllib.parse import quote_plus, unquote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.appsync.definition import JSON
from localcloud.appsync.js.modules import load_module
from localcloud.appsync.js.runtime import JavaScriptContext
from tests.appsync.resolvers import FakeFunctions, api, call, engine, evaluate, returning, run, unit
from tests.examples import examples


async def fault(expression: str) -> str:
    code = f"export const request = (ctx) => {expression};\nexport const response = (ctx) => 1;"
    (error,) = (await run(code)).errors
    assert error.error_type == "Code"
    return error.message


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("util.base64Encode('Grüße 😀')", base64.b64encode("Grüße 😀".encode()).decode()),
        ("util.base64Decode('R3LDvMOfZSDwn5iA')", "Grüße 😀"),
        ("util.urlEncode('a b&c=ü*~')", "a+b%26c%3D%C3%BC*%7E"),
        ("util.urlDecode('a+b%26c%3D%C3%BC')", "a b&c=ü"),
        ("util.escapeJavaScript('it\\'s \"ü\" \\n</a>')", 'it\\\'s \\"\\u00FC\\" \\n<\\/a>'),
        ("util.matches('a*b', 'aaaaab')", True),
        ("util.matches('a*b', 'xaab')", False),
        ("util.matches('[\\\\p{Alpha}]+', 'abc')", True),
        ("'a.b*c'.replaceAll('\\\\Q.b*\\\\E', '-')", "a-c"),
        ("'(x)'.replace('\\\\Q(x)', 'y')", "y"),
        ("util.typeOf([1])", "List"),
        (
            "[util.typeOf(null), util.typeOf({}), util.typeOf(1), util.typeOf('')]",
            ["Null", "Map", "Number", "String"],
        ),
        ("[util.isNull(null), util.isNullOrEmpty(''), util.isNullOrBlank('  ')]", [True, True, True]),
        ("util.defaultIfNull(null, 3)", 3),
        ("util.math.roundNum(2.5)", 3),
        ("[util.math.minVal(1, 2), util.math.maxVal(1, 2)]", [1, 2]),
        ("util.str.normalize('ﬁ', 'nfkc')", "fi"),
        ("util.http.copyHeaders({ Host: 'x', 'X-A': '1' })", {"X-A": "1"}),
        ("util.time.epochMilliSecondsToISO8601(1700000000123)", "2023-11-14T22:13:20.123Z"),
        ("util.time.epochMilliSecondsToSeconds(1700000000999)", 1700000000),
        ("util.time.parseISO8601ToEpochMilliSeconds('2023-11-14T22:13:20.123456Z')", 1700000000123),
        ("util.time.parseISO8601ToEpochMilliSeconds('2023-11-14T23:13:20.123+01:00')", 1700000000123),
        (
            "util.time.epochMilliSecondsToFormatted(1700000000123, "
            "\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\", '+02:00')",
            "2023-11-15T00:13:20.123+02:00",
        ),
        (
            "util.time.epochMilliSecondsToFormatted(1700000000123, "
            "'EEE, d MMM yyyy hh:mm a Z', 'America/Los_Angeles')",
            "Tue, 14 Nov 2023 02:13 PM -0800",
        ),
        # 2024-12-29, a Sunday: week 1 of 2025 where weeks begin on Sundays.
        (
            "util.time.epochMilliSecondsToFormatted(1735430400000, 'YYYY-ww yyyy-DDD Q G')",
            "2025-01 2024-364 4 AD",
        ),
        # As OpenJDK's DateTimeFormatter writes them in en-US, where weeks begin on Sundays.
        (
            "util.time.epochMilliSecondsToFormatted(1735430400000, 'QQ QQQ QQQQ qqqqq e ccc W')",
            "04 Q4 4th quarter 4 1 Sun 5",
        ),
        (
            "util.time.epochMilliSecondsToFormatted(1690000000000, 'O OOOO XXXXX', 'Europe/Berlin')",
            "GMT+2 GMT+02:00 +02:00",
        ),
        (
            "util.time.epochMilliSecondsToFormatted(1690000000000, 'HH z', 'America/Los_Angeles')",
            "21 PDT",
        ),
        (
            "util.time.epochMilliSecondsToFormatted(1735430400000, \"z zzzz h 'o''clock' ''\")",
            "UTC Coordinated Universal Time 12 o'clock '",
        ),
        (
            "util.time.epochMilliSecondsToFormatted(1690000000000, 'HH:mm', 'Europe/Berlin')",
            "06:26",
        ),
        (
            "util.time.parseFormattedToEpochMilliSeconds("
            "'2023/07/22 06:26', 'yyyy/MM/dd HH:mm', 'Europe/Berlin')",
            1689999960000,
        ),
        (
            "util.time.parseFormattedToEpochMilliSeconds('2023-11-14 22:13:20+0000', 'yyyy-MM-dd HH:mm:ssZ')",
            1700000000000,
        ),
    ],
)
async def test_util_expression_has_its_value(expression: str, expected: JSON) -> None:
    assert await evaluate(expression) == expected


async def test_generated_ids_have_their_formats() -> None:
    result = await evaluate("[util.autoId(), util.autoId(), util.autoUlid(), util.autoKsuid()]")
    assert isinstance(result, list)
    first, other, ulid, ksuid = map(str, result)
    assert uuid.UUID(first).version == 4
    assert first != other
    assert re.fullmatch("[0-7][0-9A-HJKMNP-TV-Z]{25}", ulid)
    assert re.fullmatch("[0-9A-Za-z]{27}", ksuid)


def test_contexts_generate_different_ids() -> None:
    ids = set()
    for _ in range(5):
        context = JavaScriptContext({})
        module = context.define(load_module("x.js", returning("util.autoId()")))
        plan = context.plan(
            {
                **{"typeName": "Query", "fieldName": "x", "module": None},
                "steps": [{"module": module, "source": "n", "type": "NONE", "direct": False}],
            }
        )
        ids.add(json.loads(context.start(plan, "{}", lambda: "{}", ""))["value"])
    assert len(ids) == 5


async def test_current_time_has_its_formats() -> None:
    result = await evaluate(
        "[util.time.nowISO8601(), util.time.nowEpochSeconds(), util.time.nowFormatted('yyyy')]"
    )
    assert isinstance(result, list)
    iso, seconds, year = result
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(iso))
    assert isinstance(seconds, int)
    assert str(iso).startswith(str(year))


async def test_time_zone_of_an_argument_is_loaded_without_repeating_the_handler() -> None:
    code = """import { util } from '@aws-appsync/utils';
        export function request(ctx) {
          ctx.stash.n = (ctx.stash.n ?? 0) + 1;
          util.appendError('once');
          return { payload: util.time.epochMilliSecondsToFormatted(1700000000123, 'HH:mm', ctx.args.zone) };
        }
        export const response = (ctx) => [ctx.result, ctx.stash.n];
    """
    outcome = await run(code, {"zone": "Asia/Kathmandu"})
    # The handler restarts when the zone is there, as if it had never begun.
    assert outcome.value == ["03:58", 1]
    assert [error.message for error in outcome.errors] == ["once"]


async def test_time_zone_of_a_result_is_loaded_without_repeating_the_handler() -> None:
    code = """import { util } from '@aws-appsync/utils';
        export const request = (ctx) => ({ operation: 'Invoke', payload: null });
        export function response(ctx) {
          ctx.stash.n = (ctx.stash.n ?? 0) + 1;
          util.appendError('once');
          return [util.time.epochMilliSecondsToFormatted(1700000000123, 'HH:mm', ctx.result), ctx.stash.n];
        }
    """
    functions = FakeFunctions({"f": lambda _: "Pacific/Chatham"})
    async with engine(api(unit(code, source="lambda")), functions) as resolvers:
        outcome = await resolvers.resolve(call())
        assert resolvers.waiting() == 0
    assert outcome.value == ["11:58", 1]
    assert [error.message for error in outcome.errors] == ["once"]


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("API_KEY", "API Key Authorization"),
        ("AWS_IAM", "IAM Authorization"),
        ("AMAZON_COGNITO_USER_POOLS", "User Pool Authorization"),
        ("OPENID_CONNECT", "Open ID Connect Authorization"),
    ],
)
async def test_auth_type_is_the_mode_of_the_request(mode: str, words: str) -> None:
    assert (await run(returning("util.authType()"), auth_type=mode)).value == words


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("util.time.nowFormatted('yyyy', ctx.env.STAGE)", "util.time: Unknown time-zone ID: test"),
        ("util.time.parseISO8601ToEpochMilliSeconds('yesterday')", "could not be parsed as ISO 8601"),
        ("util.time.parseFormattedToEpochMilliSeconds('2023-02-30', 'yyyy-MM-dd')", "no such day"),
        ("util.time.nowFormatted('ddd')", "util.time: Too many pattern letters: d"),
        ("util.time.nowFormatted('yyyy#MM')", "util.time: Pattern includes reserved character: '#'"),
        ("util.time.nowFormatted('{yyyy}')", "util.time: Pattern includes reserved character: '{'"),
        ("util.time.nowFormatted('r')", "util.time: Unknown pattern letter: r"),
        (
            "util.time.nowFormatted('zzzz', 'Europe/Berlin')",
            "util.time: the local cloud has no full name of the zone Europe/Berlin",
        ),
        ("util.xml.toMap('<a>')", "util.xml: <a> is not closed at character 3"),
        ("util.http.addResponseHeader('X-Amz-Id', '1')", "AppSync's own"),
        ("runtime.earlyReturn(1, { skipTo: 'LAST' })", "skipTo is 'END' or 'NEXT'"),
        ("util.matches('a++', 'a')", "possessive"),
        ("'a'.replace('(', 'b')", "not a pattern: ("),
    ],
)
async def test_util_faults_name_their_line(expression: str, message: str) -> None:
    fault_text = await fault(expression)
    assert message in fault_text
    assert fault_text.endswith("(Query.field.js:1)")


async def test_util_outside_a_handler_is_refused() -> None:
    context = JavaScriptContext({})
    with pytest.raises(Exception, match="inside a handler only"):
        context.define(
            load_module(
                "x.js", "util.appendError('x');\nexport const request = 1;\nexport const response = 1;"
            )
        )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (
            "util.dynamodb.toMapValues("
            "{ foo: 'bar', baz: 1234, beep: ['boop'], no: null, yes: true, gone: undefined })",
            {
                **{"foo": {"S": "bar"}, "baz": {"N": 1234}, "beep": {"L": [{"S": "boop"}]}},
                **{"no": {"NULL": None}, "yes": {"BOOL": True}},
            },
        ),
        ("util.dynamodb.toDynamoDB({ a: { b: [1] } })", {"M": {"a": {"M": {"b": {"L": [{"N": 1}]}}}}}),
        ("util.dynamodb.toMap({ a: 1 })", {"M": {"a": {"N": 1}}}),
        ("util.dynamodb.toList(['a', 1])", {"L": [{"S": "a"}, {"N": 1}]}),
        ("util.dynamodb.toStringSet(['a'])", {"SS": ["a"]}),
        ("util.dynamodb.toNumberSet([1, 2])", {"NS": [1, 2]}),
        ("util.dynamodb.toBinary('foo')", {"B": "foo"}),
        ("util.dynamodb.toNull()", {"NULL": None}),
        ("util.dynamodb.toString(null)", None),
        ("util.dynamodb.toMapValues({ tags: util.dynamodb.toStringSet(['a']) })", {"tags": {"SS": ["a"]}}),
        (
            "util.dynamodb.fromS3ObjectJson(util.dynamodb.toS3Object('k', 'b', 'r', 'v').S)",
            {"key": "k", "bucket": "b", "region": "r", "version": "v"},
        ),
        (
            "util.transform.toDynamoDBFilterExpression({ title: { contains: 'Hello World' } })",
            '{"expression":"(contains(#title,:title_contains))","expressionNames":{"#title":"title"},'
            '"expressionValues":{":title_contains":{"S":"Hello World"}}}',
        ),
        (
            "util.transform.toDynamoDBConditionExpression("
            "{ id: { attributeExists: true }, version: { eq: 10 } })",
            '{"expression":"(attribute_exists(#id)) AND (#version = :version_eq)",'
            '"expressionNames":{"#id":"id","#version":"version"},'
            '"expressionValues":{":version_eq":{"N":10}}}',
        ),
        (
            "JSON.parse(util.transform.toDynamoDBFilterExpression({ "
            "or: [{ a: { eq: 1 } }, { a: { eq: 2 } }], "
            "not: { b: { between: [1, 2] } }, c: { d: { size: { gt: 3 } } } }))",
            {
                "expression": "((#a = :a_eq) OR (#a = :a_eq_1)) AND "
                "(NOT (#b BETWEEN :b_between AND :b_between_1)) AND (size(#c.#d) > :c_d_size)",
                "expressionNames": {"#a": "a", "#b": "b", "#c": "c", "#d": "d"},
                "expressionValues": {
                    **{":a_eq": {"N": 1}, ":a_eq_1": {"N": 2}, ":b_between": {"N": 1}},
                    **{":b_between_1": {"N": 2}, ":c_d_size": {"N": 3}},
                },
            },
        ),
        (
            "util.transform.toSubscriptionFilter({ a: { eq: 1, ne: 2 }, secret: { eq: 1 } }, ['secret'])",
            {
                "filterGroup": [
                    {
                        "filters": [
                            {"fieldName": "a", "operator": "eq", "value": 1},
                            {"fieldName": "a", "operator": "ne", "value": 2},
                        ]
                    }
                ]
            },
        ),
        (
            "util.transform.toSubscriptionFilter({}, [], { owner: { eq: 'u' }, editors: { contains: 'u' } })",
            {
                "filterGroup": [
                    {"filters": [{"fieldName": "owner", "operator": "eq", "value": "u"}]},
                    {"filters": [{"fieldName": "editors", "operator": "contains", "value": "u"}]},
                ]
            },
        ),
        ("util.transform.toSubscriptionFilter({})", {"filterGroup": []}),
    ],
)
async def test_dynamodb_values_are_converted(expression: str, expected: JSON) -> None:
    assert await evaluate(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("ddb.get({ key: { id: 'id' } })", {"operation": "GetItem", "key": {"id": {"S": "id"}}}),
        (
            "ddb.put({ key: { id: 'abc' }, item: { value: 10 } })",
            {"operation": "PutItem", "key": {"id": {"S": "abc"}}, "attributeValues": {"value": {"N": 10}}},
        ),
        ("ddb.remove({ key: { id: 'test' } })", {"operation": "DeleteItem", "key": {"id": {"S": "test"}}}),
        ("ddb.scan({ limit: 10, nextToken: 'abc' })", {"operation": "Scan", "limit": 10, "nextToken": "abc"}),
        (
            "ddb.update({ key: { id: 'test' }, update: { age: ddb.operations.decrement(10) } })",
            {
                "operation": "UpdateItem",
                "key": {"id": {"S": "test"}},
                "update": {
                    "expression": "SET #expName_1 = #expName_1 - :expValue_1",
                    "expressionNames": {"#expName_1": "age"},
                    "expressionValues": {":expValue_1": {"N": 10}},
                },
            },
        ),
        (
            "ddb.update({ key: { id: 'test' }, update: { a: ddb.operations.remove(), "
            "b: [ddb.operations.updateListItem('x', 1)], c: ddb.operations.append([1]), d: null } }).update",
            {
                "expression": "SET #expName_2[1] = :expValue_1, "
                "#expName_3 = list_append(#expName_3, :expValue_2), "
                "#expName_4 = :expValue_3 REMOVE #expName_1",
                "expressionNames": {
                    "#expName_1": "a",
                    "#expName_2": "b",
                    "#expName_3": "c",
                    "#expName_4": "d",
                },
                "expressionValues": {
                    ":expValue_1": {"S": "x"},
                    ":expValue_2": {"L": [{"N": 1}]},
                    ":expValue_3": {"NULL": None},
                },
            },
        ),
        (
            "ddb.query({ query: { id: { eq: 'a' }, sk: { beginsWith: 'x' } }, projection: ['a.b', 'l[1]'] })",
            {
                "operation": "Query",
                "query": {
                    "expression": "#id = :id_eq AND begins_with(#sk,:sk_beginsWith)",
                    "expressionNames": {"#id": "id", "#sk": "sk"},
                    "expressionValues": {":id_eq": {"S": "a"}, ":sk_beginsWith": {"S": "x"}},
                },
                "projection": {
                    "expression": "#a.#b, #l[1]",
                    "expressionNames": {"#a": "a", "#b": "b", "#l": "l"},
                },
            },
        ),
    ],
)
async def test_dynamodb_helper_builds_its_request(expression: str, expected: JSON) -> None:
    assert await evaluate(expression) == expected


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


class Echo:
    """One context for many examples: a resolver that applies a function of util to ``ctx.args.text``."""

    def __init__(self, expression: str) -> None:
        self.context = JavaScriptContext({})
        module = self.context.define(load_module("x.js", returning(expression)))
        step = {"module": module, "source": "n", "type": "NONE", "direct": False}
        self.plan = self.context.plan({"typeName": "Q", "fieldName": "x", "module": None, "steps": [step]})

    def __call__(self, text: JSON) -> JSON:
        often = json.dumps({"arguments": {"text": text}})
        answer = json.loads(self.context.start(self.plan, often, lambda: "{}", ""))
        assert "crash" not in answer, answer
        value: JSON = answer["value"]
        return value


ENCODE, DECODE = Echo("util.base64Encode(ctx.args.text)"), Echo("util.base64Decode(ctx.args.text)")
URL_ENCODE, URL_DECODE = Echo("util.urlEncode(ctx.args.text)"), Echo("util.urlDecode(ctx.args.text)")
SAME = Echo("ctx.args.text")


@given(TEXT)
@settings(max_examples=examples(60))
def test_codecs_agree_with_python(text: str) -> None:
    encoded = base64.b64encode(text.encode()).decode()
    assert ENCODE(text) == encoded
    assert DECODE(encoded) == text
    form = URL_ENCODE(text)
    assert isinstance(form, str)
    assert unquote_plus(form) == text
    assert URL_DECODE(quote_plus(text)) == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    )
)
@settings(max_examples=examples(60))
def test_json_survives_a_round_trip(value: JSON) -> None:
    # "__proto__" is the one key that a JavaScript object keeps apart.
    if "__proto__" not in json.dumps(value):
        assert SAME(value) == value
