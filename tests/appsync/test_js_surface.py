"""Every name that AWS's type declarations have (``@aws-appsync/utils`` 2.1.1) is there and works."""

from __future__ import annotations

import pytest

from localcloud.appsync.definition import JSON
from localcloud.appsync.js.libraries import LIBRARIES
from tests.appsync.js_support import outcome, value

SOME = object()
"""Any value but null."""

# As read from the declarations, name by name; each is called once.
SURFACE: dict[str, list[tuple[str, object]]] = {
    "util": [
        ("util.escapeJavaScript('a\"')", 'a\\"'),
        ("util.urlEncode('a b')", "a+b"),
        ("util.urlDecode('a+b')", "a b"),
        ("util.base64Encode('a')", "YQ=="),
        ("util.base64Decode('YQ==')", "a"),
        ("util.autoId()", SOME),
        ("util.autoUlid()", SOME),
        ("util.autoKsuid()", SOME),
        ("util.matches('a*b', 'aab')", True),
        ("util.authType()", "API Key Authorization"),
    ],
    "util.time": [
        ("util.time.nowISO8601()", SOME),
        ("util.time.nowEpochSeconds()", SOME),
        ("util.time.nowEpochMilliSeconds()", SOME),
        ("util.time.nowFormatted('YYYY-MM-dd HH:mm:ss')", SOME),
        ("util.time.parseFormattedToEpochMilliSeconds('1970-01-02', 'yyyy-MM-dd')", 86_400_000),
        ("util.time.parseISO8601ToEpochMilliSeconds('1970-01-02T00:00:00Z')", 86_400_000),
        ("util.time.epochMilliSecondsToSeconds(1999)", 1),
        ("util.time.epochMilliSecondsToISO8601(0)", "1970-01-01T00:00:00.000Z"),
        ("util.time.epochMilliSecondsToFormatted(0, 'yyyy', 'UTC')", "1970"),
    ],
    "util.dynamodb": [
        ("util.dynamodb.toDynamoDB(1)", {"N": 1}),
        ("util.dynamodb.toString('a')", {"S": "a"}),
        ("util.dynamodb.toStringSet(['a'])", {"SS": ["a"]}),
        ("util.dynamodb.toNumber(1)", {"N": 1}),
        ("util.dynamodb.toNumberSet([1])", {"NS": [1]}),
        ("util.dynamodb.toBinary('YQ==')", {"B": "YQ=="}),
        ("util.dynamodb.toBinarySet(['YQ=='])", {"BS": ["YQ=="]}),
        ("util.dynamodb.toBoolean(true)", {"BOOL": True}),
        ("util.dynamodb.toNull()", {"NULL": None}),
        ("util.dynamodb.toList([1])", {"L": [{"N": 1}]}),
        ("util.dynamodb.toMap({ a: 1 })", {"M": {"a": {"N": 1}}}),
        ("util.dynamodb.toMapValues({ a: 1 })", {"a": {"N": 1}}),
        (
            "util.dynamodb.toS3Object('k', 'b', 'r')",
            {"S": '{"s3":{"key":"k","bucket":"b","region":"r"}}'},
        ),
        ('util.dynamodb.fromS3ObjectJson(\'{"s3":{"key":"k"}}\')', {"key": "k"}),
    ],
    "util.rds": [("util.rds.toJsonObject('{}')", None)],
    "util.http": [
        ("util.http.copyHeaders({ a: '1', Host: 'x' })", {"a": "1"}),
        ("util.http.addResponseHeader('a', 1)", None),
        ("util.http.addResponseHeaders({ a: '1' })", None),
    ],
    "util.xml": [
        ("util.xml.toMap('<a>1</a>')", {"a": 1}),
        ("util.xml.toJsonString('<a>1</a>')", '{"a":1}'),
        ("util.xml.toJsonString('<a>1</a>', true)", '"{\\"a\\":1}"'),
    ],
    "util.transform": [
        ("util.transform.toDynamoDBFilterExpression({ a: { eq: 1 } })", SOME),
        ("util.transform.toDynamoDBConditionExpression({ a: { eq: 1 } })", SOME),
        ("util.transform.toElasticsearchQueryDSL({ a: { eq: 1 } })", '{"term":{"a":1}}'),
        ("util.transform.toSubscriptionFilter({ a: { eq: 1 } })", SOME),
    ],
    "util.math": [
        ("util.math.roundNum(1.5)", 2),
        ("util.math.minVal(1, 2)", 1),
        ("util.math.maxVal(1, 2)", 2),
        ("util.math.randomDouble() < 1", True),
        ("util.math.randomWithinRange(3, 4)", 3),
    ],
    "util.str": [("util.str.normalize('e\\u0301', 'nfc')", "é")],
    "extensions": [
        ("extensions.evictFromApiCache('Query', 'a', { 'context.arguments.id': 1 })", None),
        ("extensions.setSubscriptionFilter({ filterGroup: [] })", None),
        ("extensions.setSubscriptionInvalidationFilter({ filterGroup: [] })", None),
        ("extensions.invalidateSubscriptions({ subscriptionField: 'a', payload: {} })", None),
    ],
    "ddb": [
        ("ddb.get({ key: { id: 1 } }).operation", "GetItem"),
        ("ddb.put({ key: { id: 1 }, item: {} }).operation", "PutItem"),
        ("ddb.update({ key: { id: 1 }, update: { a: 1 } }).operation", "UpdateItem"),
        ("ddb.remove({ key: { id: 1 } }).operation", "DeleteItem"),
        ("ddb.query({ query: { id: { eq: 1 } } }).operation", "Query"),
        ("ddb.scan({}).operation", "Scan"),
        ("ddb.sync({ lastSync: 1 })", {"operation": "Sync", "lastSync": 1}),
        ("ddb.batchGet({ tables: { t: { keys: [{ id: 1 }] } } }).operation", "BatchGetItem"),
        ("ddb.batchPut({ tables: { t: [{ id: 1 }] } }).operation", "BatchPutItem"),
        ("ddb.batchDelete({ tables: { t: [{ id: 1 }] } }).operation", "BatchDeleteItem"),
        ("ddb.transactGet({ items: [{ table: 't', key: { id: 1 } }] }).operation", "TransactGetItems"),
        (
            "ddb.transactWrite({ items: [{ deleteItem: { table: 't', key: { id: 1 } } }] }).operation",
            "TransactWriteItems",
        ),
        ("ddb.toStringSet(['a'])", {"SS": ["a"]}),
        ("ddb.toNumberSet([1])", {"NS": [1]}),
        ("ddb.toBinarySet(['YQ=='])", {"BS": ["YQ=="]}),
    ],
    "ddb.operations": [
        ("ddb.operations.add(1)", {"type": "OPERATION_ADD", "value": 1}),
        ("ddb.operations.remove()", {"type": "OPERATION_REMOVE"}),
        ("ddb.operations.replace({ a: 1 })", {"type": "OPERATION_REPLACE", "value": {"a": 1}}),
        ("ddb.operations.increment(2)", {"type": "OPERATION_INCREMENT", "by": 2}),
        ("ddb.operations.decrement()", {"type": "OPERATION_DECREMENT", "by": 1}),
        ("ddb.operations.append([1])", {"type": "OPERATION_APPEND", "items": [1]}),
        ("ddb.operations.prepend([1])", {"type": "OPERATION_PREPEND", "items": [1]}),
        ("ddb.operations.updateListItem('a', 1)", SOME),
    ],
    "rds": [
        ("rds.createPgStatement(rds.select({ table: 't' })).statements", ['SELECT * FROM "t"']),
        ("rds.createMySQLStatement(rds.remove({ table: 't' })).statements", ["DELETE FROM `t`"]),
        (
            "rds.createPgStatement(rds.insert({ table: 't', values: { a: 1 } })).statements",
            ['INSERT INTO "t" ("a") VALUES (:P0)'],
        ),
        (
            "rds.createPgStatement(rds.update({ table: 't', values: { a: 1 } })).statements",
            ['UPDATE "t" SET "a" = :P0'],
        ),
        ("rds.createPgStatement(rds.sql`select ${1}`).variableMap", {":P0": 1}),
        ("rds.toJsonObject('no')", None),
    ],
    "rds.typeHint": [
        (f"rds.typeHint.{name}('a')", {"type": name, "value": "a"})
        for name in ("DECIMAL", "JSON", "TIMESTAMP", "TIME", "UUID", "DATE")
    ],
    "rds.agg": [
        (
            f"rds.createPgStatement(rds.select({{ table: 't', columns: [rds.agg.{name}('a')] }})).statements",
            [f'SELECT {sql}("a") FROM "t"' if distinct == "" else f'SELECT {sql}(DISTINCT "a") FROM "t"'],
        )
        for sql in ("MAX", "MIN", "COUNT", "AVG", "SUM")
        for distinct in ("", "Distinct")
        for name in (sql.lower() + distinct,)
    ],
    "ai": [
        (
            "ai.invokeModel({ modelId: 'm', body: { a: 1 } })",
            {"operation": "InvokeModel", "modelId": "m", "body": {"a": 1}},
        ),
        (
            "ai.converse({ modelId: 'm', messages: [] })",
            {"operation": "Converse", "modelId": "m", "messages": []},
        ),
    ],
}


@pytest.mark.parametrize("part", SURFACE)
def test_each_function_of_util_works(part: str) -> None:
    for expression, expected in SURFACE[part]:
        result = value(expression)
        if expected is SOME:
            assert result is not None, expression
        else:
            assert result == expected, expression


def called(part: str) -> set[str]:
    return {
        text.partition(f"{part}.")[2].partition("(")[0].partition("`")[0] for text, _ in SURFACE[part]
    } | _nested(part)


def _nested(part: str) -> set[str]:
    return {name.partition(f"{part}.")[2] for name in SURFACE if name.startswith(f"{part}.")}


def test_modules_export_exactly_the_documented_names() -> None:
    results = {
        "@aws-appsync/utils/dynamodb": called("ddb"),
        "@aws-appsync/utils/ai": called("ai"),
    }
    for library, names in results.items():
        assert names == LIBRARIES[library]
    # The statements' makers are arguments of the two that write them.
    makers = {"select", "insert", "update", "remove", "sql"}
    assert called("rds") | makers == LIBRARIES["@aws-appsync/utils/rds"]


@pytest.mark.parametrize(
    ("expression", "failure"),
    [
        ("util.error('m', 'T', { a: 1 }, { b: 2 })", ["m", "T", {"a": 1}, {"b": 2}]),
        ("util.error('m')", ["m", None, None, None]),
        ("util.unauthorized()", ["Unauthorized", "Unauthorized", None, None]),
    ],
)
def test_util_error_ends_a_handler_with_its_failure(expression: str, failure: list[JSON]) -> None:
    result = outcome(expression)["failure"]
    assert isinstance(result, dict)
    assert [result[name] for name in ("message", "type", "data", "info")] == failure


def test_handler_returns_appended_errors_and_early_return() -> None:
    result = outcome("util.appendError('m', 'T', 1, 2)")
    assert result["errors"] == [{"message": "m", "type": "T", "data": 1, "info": 2}]
    for skip in ("END", "NEXT"):
        result = outcome(f"runtime.earlyReturn({{ a: 1 }}, {{ skipTo: '{skip}' }})")
        assert (result["value"], result["earlyReturn"]) == ({"a": 1}, {"skipTo": skip})
    assert outcome("runtime.earlyReturn()")["earlyReturn"] == {"skipTo": None}
    result = outcome("[console.log('a', { b: 1 }), console.error('c')]")
    assert result["logs"] == [{"level": "INFO", "text": 'a {"b":1}'}, {"level": "ERROR", "text": "c"}]
