"""Java's methods on a template's values, and AppSync's ``$util``."""

from __future__ import annotations

import re

import pytest

from localcloud.appsync.definition import JSON
from tests.appsync.vtl import failure, render, value

ARGUMENTS: JSON = {"map": {"a": 1, "b": None}, "list": [3, 1, 2, 1], "text": "Hello, World", "number": 7}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Maps.
        ("$map.get('a')", 1),
        ("$map.get('c')", None),
        ("$map.getOrDefault('c', 5)", 5),
        ("$map.put('a', 2)", 1),
        ("$map.put('c', 2)", None),
        ("$map.containsKey('b')", True),
        ("$map.containsKey('c')", False),
        ("$map.containsValue(1)", True),
        ("$map.keySet()", ["a", "b"]),
        ("$map.values()", [1, None]),
        ("$map.entrySet()", [{"a": 1}, {"b": None}]),
        ("$map.size()", 2),
        ("$map.isEmpty()", False),
        ("$map.remove('a')", 1),
        ("$map.equals({'a': 1, 'b': $none})", True),
        ("$map.toString()", "{a=1, b=null}"),
        ("$map.keySet().contains('a')", True),
        ("$map.nothing()", None),
        ("$map.size", None),
        ("$map.class", None),
        ("$map.getClass()", None),
        ("$map.constructor", None),
        ("$map.toString", None),
        # Lists.
        ("$list.size()", 4),
        ("$list.isEmpty()", False),
        ("$list.empty", False),
        ("$list.get(1)", 1),
        ("$list.contains(3)", True),
        ("$list.contains('3')", False),
        ("$list.containsAll([1, 2])", True),
        ("$list.indexOf(1)", 1),
        ("$list.lastIndexOf(1)", 3),
        ("$list.subList(1, 3)", [1, 2]),
        ("$list.add(9)", True),
        ("$list.set(0, 9)", 3),
        ("$list.remove(0)", 3),
        ("$list.remove('x')", False),
        ("$list.addAll([1])", True),
        ("$list.removeAll([1])", True),
        ("$list.toString()", "[3, 1, 2, 1]"),
        ("$list.equals([3, 1, 2, 1])", True),
        # Strings.
        ("$text.length()", 12),
        ("$text.isEmpty()", False),
        ("$text.substring(7)", "World"),
        ("$text.substring(0, 5)", "Hello"),
        ("$text.indexOf('o')", 4),
        ("$text.indexOf('o', 5)", 8),
        ("$text.lastIndexOf('o')", 8),
        ("$text.toUpperCase()", "HELLO, WORLD"),
        ("$text.toLowerCase()", "hello, world"),
        ("$text.startsWith('Hell')", True),
        ("$text.endsWith('d')", True),
        ("$text.contains('lo, W')", True),
        ("$text.equals('Hello, World')", True),
        ("$text.equalsIgnoreCase('hello, world')", True),
        ("$text.compareTo('A')", 1),
        ("$text.charAt(0)", "H"),
        ("$text.concat('!')", "Hello, World!"),
        ("$text.replace('l', 'L')", "HeLLo, WorLd"),
        ("$text.replace('.', 'x')", "Hello, World"),
        ("$text.replaceAll('[eo]', '<$0>')", "H<e>ll<o>, W<o>rld"),
        ("$text.replaceAll('(l+)', '<$1>')", "He<ll>o, Wor<l>d"),
        ("$text.replaceFirst('l', 'L')", "HeLlo, World"),
        ("$text.matches('Hello.*')", True),
        ("$text.matches('Hello')", False),
        ("$text.split(', ')", ["Hello", "World"]),
        ("$text.split('')", list("Hello, World")),
        ("$text.split('l', 2)", ["He", "lo, World"]),
        ("$text.split('d')", ["Hello, Worl"]),
        ("$text.trim().hashCode()", -505841268),
        ("$text.nothing()", None),
        ("$text.length", None),
        # Numbers and booleans.
        ("$number.toString()", "7"),
        ("$number.equals(7)", True),
        ("$number.equals('7')", False),
        ("$number.parseInt('12')", 12),
        ("$number.parseDouble('1.5')", 1.5),
        ("$number.intValue()", 7),
        ("$number.compareTo(8)", -1),
        ("$number.toString().length()", 1),
        ("$true.booleanValue()", None),
    ],
)
def test_template_method_has_its_value(expression: str, expected: JSON) -> None:
    written = re.sub(r"\$(map|list|text|number)\b", r"$ctx.args.\1", expression)
    assert value(written, arguments=ARGUMENTS) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$util.toJson({'a': [1, 'x', $none]})", '{"a":[1,"x",null]}'),
        ("$util.parseJson('{\"a\": [1]}')", {"a": [1]}),
        ("$util.isNull($none)", True),
        ("$util.isNullOrEmpty('')", True),
        ("$util.isNullOrBlank(' ')", True),
        ("$util.defaultIfNull($none, 5)", 5),
        ("$util.defaultIfNull(0, 5)", 0),
        ("$util.defaultIfNullOrEmpty('', 'x')", "x"),
        ("$util.defaultIfNullOrBlank(' ', 'x')", "x"),
        ("$util.isString('')", True),
        ("$util.isNumber(1)", True),
        ("$util.isBoolean(false)", True),
        ("$util.isList([])", True),
        ("$util.isMap({})", True),
        ("$util.isMap([])", False),
        ("$util.typeOf($none)", "Null"),
        ("$util.typeOf({})", "Map"),
        ("$util.matches('a*b', 'aaaab')", True),
        ("$util.matches('a*b', 'xaaaab')", False),
        ("$util.urlEncode('a b&c')", "a+b%26c"),
        ("$util.urlDecode('a+b%26c')", "a b&c"),
        ("$util.base64Encode('hé')", "aMOp"),
        ("$util.base64Decode('aMOp')", "hé"),
        ("$util.escapeJavaScript('a\"b')", 'a\\"b'),
        ("$util.qr(1)", ""),
        ("$util.validate(true, 'never')", ""),
        ("$util.dynamodb.toDynamoDB('x')", {"S": "x"}),
        ("$util.dynamodb.toDynamoDBJson({'a': 1})", '{"M":{"a":{"N":1}}}'),
        ("$util.dynamodb.toMapValuesJson({'a': 'b'})", '{"a":{"S":"b"}}'),
        ("$util.dynamodb.toStringJson('x')", '{"S":"x"}'),
        ("$util.dynamodb.toNumberJson(1.5)", '{"N":1.5}'),
        ("$util.dynamodb.toStringSetJson(['a'])", '{"SS":["a"]}'),
        ("$util.dynamodb.toBooleanJson(true)", '{"BOOL":true}'),
        ("$util.dynamodb.toNullJson()", '{"NULL":null}'),
        ("$util.dynamodb.toListJson([1])", '{"L":[{"N":1}]}'),
        ("$util.dynamodb.toMapJson({'a': 1})", '{"M":{"a":{"N":1}}}'),
        ("$util.list.copyAndRetainAll([1, 2, 3], [2, 3, 4])", [2, 3]),
        ("$util.list.copyAndRemoveAll([1, 2, 3], [2])", [1, 3]),
        ("$util.list.sortList([2, 3, 1], false, '')", [1, 2, 3]),
        ("$util.list.sortList([{'a': 1}, {'a': 2}], true, 'a')", [{"a": 2}, {"a": 1}]),
        ("$util.map.copyAndRetainAllKeys({'a': 1, 'b': 2}, ['a'])", {"a": 1}),
        ("$util.map.copyAndRemoveAllKeys({'a': 1, 'b': 2}, ['a'])", {"b": 2}),
        ("$util.time.epochMilliSecondsToISO8601(0)", "1970-01-01T00:00:00.000Z"),
        ("$util.time.epochMilliSecondsToSeconds(1999)", 1),
        ("$util.time.parseISO8601ToEpochMilliSeconds('1970-01-01T00:00:01Z')", 1000),
        (
            "$util.time.epochMilliSecondsToFormatted(0, 'yyyy-MM-dd HH:mm', 'America/New_York')",
            "1969-12-31 19:00",
        ),
        ("$util.str.toUpper('a')", "A"),
        ("$util.str.toReplace('aba', 'a', 'c')", "cbc"),
        ("$util.math.roundNum(1.5)", 2),
        ("$util.math.maxVal(1, 2)", 2),
        ("$util.http.copyHeaders({'Host': 'h', 'X-A': 'b'})", {"X-A": "b"}),
        ("$util.xml.toMap('<a><b>1</b></a>')", {"a": {"b": 1}}),
        (
            "$util.parseJson($util.transform.toDynamoDBFilterExpression({'title': {'eq': 'x'}}))",
            {
                "expression": "(#title = :title_eq)",
                "expressionNames": {"#title": "title"},
                "expressionValues": {":title_eq": {"S": "x"}},
            },
        ),
        (
            "$util.transform.toSubscriptionFilter({'severity': {'ge': 7}})",
            {"filterGroup": [{"filters": [{"fieldName": "severity", "operator": "ge", "value": 7}]}]},
        ),
        (
            '$util.rds.toJsonString(\'{"sqlStatementResults":[{"records":[[{"stringValue":"a"}]],'
            '"columnMetadata":[{"name":"n"}]}]}\')',
            '[[{"n":"a"}]]',
        ),
        ("$util.xml.toJsonString('<a>1</a>')", '{"a":1}'),
        ("$util.nothing()", None),
        ("$util.toJson", None),
        ("$util.time.constructor", None),
    ],
)
def test_util_function_has_its_value(expression: str, expected: JSON) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    ("expression", "pattern"),
    [
        ("$util.autoId()", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("$util.autoUlid()", r"[0-9A-Z]{26}"),
        ("$util.autoKsuid()", r"[0-9A-Za-z]{27}"),
        ("$util.time.nowISO8601()", r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z"),
        ("$util.time.nowEpochSeconds()", r"\d{10}"),
        ("$util.time.nowFormatted('yyyy')", r"\d{4}"),
    ],
)
def test_util_generates_ids_and_times(expression: str, pattern: str) -> None:
    assert re.fullmatch(pattern, render(expression))


def test_error_names_the_unknown_reference() -> None:
    assert failure('$util.error("Nope: $ctx.args.x", "T")', arguments={"x": 1}) == "Nope: 1"
