"""``@aws-appsync/utils/rds``: the statements and refusals that AWS's own functions give, word for word."""

from __future__ import annotations

import json

import pytest

from localcloud.appsync.definition import JSON
from tests.appsync.js_support import refusal, value


def pg(statement: str, args: JSON = None) -> tuple[JSON, JSON]:
    result = value(f"rds.createPgStatement({statement})", {"arguments": args})
    assert isinstance(result, dict)
    statements = result["statements"]
    assert isinstance(statements, list)
    return (statements[0] if len(statements) == 1 else statements), result["variableMap"]


@pytest.mark.parametrize(
    ("payload", "sql", "variables"),
    [
        ("table: 'domain.item'", 'SELECT * FROM "domain"."item"', []),
        ("table: 't', columns: ['id', 'p.name']", 'SELECT "id", "p"."name" FROM "t"', []),
        ("table: 't', columns: ['*']", 'SELECT * FROM "t"', []),
        ("table: 't', columns: []", 'SELECT FROM "t"', []),
        ("table: { persons: 'p' }", 'SELECT * FROM "p" as "persons"', []),
        ("from: 'a.b', limit: 2", 'SELECT * FROM "a"."b" LIMIT :P0', [2]),
        ("from: rds.select({ table: 'u' })", 'SELECT * FROM (SELECT * FROM "u")', []),
        (
            "table: 't', where: { or: [{ name: { eq: 'S' } }, { id: { gt: 10 } }] }, limit: 10, offset: '1', "
            "columns: ['id'], orderBy: [{ column: 'name' }, { column: 'id', dir: 'desc' }]",
            'SELECT "id" FROM "t" WHERE ("name" = :P0) OR ("id" > :P1) ORDER BY "name" ASC, "id" DESC '
            "LIMIT :P2 OFFSET :P3",
            ["S", 10, 10, 1],
        ),
        (
            "table: 't', where: { count: { le: 10 }, and: [{ id: { eq: 1 } }], "
            "deleted: { attributeExists: false } }",
            'SELECT * FROM "t" WHERE "count" <= :P0 AND ("id" = :P1) AND "deleted" IS NULL',
            [10, 1],
        ),
        (
            "table: 't', where: { id: { eq: 1 }, or: [{ id: { eq: 2 } }, "
            "{ or: [{ id: { eq: 3 } }, { id: { eq: 4 } }] }] }",
            'SELECT * FROM "t" WHERE "id" = :P0 AND ("id" = :P1) OR (("id" = :P2) OR ("id" = :P3))',
            [1, 2, 3, 4],
        ),
        (
            "table: 't', where: { not: [{ a: { eq: 1 } }, { b: { ne: 2 } }] }",
            'SELECT * FROM "t" WHERE NOT (("a" = :P0) AND ("b" != :P1))',
            [1, 2],
        ),
        (
            "table: 't', where: { id: { ge: 1, le: 9, ne: 5 } }",
            'SELECT * FROM "t" WHERE "id" >= :P0 AND "id" <= :P1 AND "id" != :P2',
            [1, 9, 5],
        ),
        (
            "table: 't', where: { a: { contains: 'x' }, b: { notContains: 'y' }, c: { beginsWith: 'z' } }",
            'SELECT * FROM "t" WHERE "a" LIKE :P0 AND "b" NOT LIKE :P1 AND "c" LIKE :P2',
            ["%x%", "y", "z%"],
        ),
        (
            "table: 't', where: { a: { between: [null, 65] } }",
            'SELECT * FROM "t" WHERE "a" BETWEEN NULL AND :P0',
            [65],
        ),
        (
            "table: 't', where: { n: { size: { between: [2, 8], gt: 1, eq: null } } }",
            'SELECT * FROM "t" WHERE LENGTH ("n") BETWEEN :P0 AND :P1 AND LENGTH ("n") > :P2 '
            'AND LENGTH ("n") = NULL',
            [2, 8, 1],
        ),
        ("table: 't', where: rds.sql`id = ${1}`", 'SELECT * FROM "t" WHERE id = :P0', [1]),
        ("table: 't', where: { and: [] }, limit: 3", 'SELECT * FROM "t" LIMIT :P0', [3]),
        ("table: 't', where: { or: [{}, {}] }", 'SELECT * FROM "t" WHERE  OR', []),
        ("table: 't', where: { n: { eq: 1 }, x: {} }", 'SELECT * FROM "t" WHERE "n" = :P0 AND', [1]),
        (
            "table: 't', columns: ['c', { n: rds.agg.count('*') }], groupBy: ['c'], "
            "having: { s: { sum: { gt: 5 } } }",
            'SELECT "c", COUNT(*) as "n" FROM "t" GROUP BY "c" HAVING SUM("s") > :P0',
            [5],
        ),
        (
            "table: 't', leftJoin: [{ table: { x: 'u' }, on: rds.sql`t.id = x.id` }], "
            "crossJoin: [{ from: 'v', using: ['id'] }]",
            'SELECT * FROM "t" LEFT JOIN "u" as "x" ON t.id = x.id CROSS JOIN "v" USING ("id")',
            [],
        ),
    ],
)
def test_rds_select_becomes_sql(payload: str, sql: str, variables: list[JSON]) -> None:
    assert pg(f"rds.select({{ {payload} }})") == (
        sql,
        {f":P{index}": variable for index, variable in enumerate(variables)},
    )


@pytest.mark.parametrize(
    ("statement", "sql", "variables"),
    [
        (
            "rds.insert({ table: 'private.persons', values: { name: 'test', n: null }, returning: ['id'] })",
            'INSERT INTO "private"."persons" ("name", "n") VALUES (:P0, NULL) RETURNING "id"',
            {":P0": "test"},
        ),
        (
            "rds.update({ table: 't', values: { a: false, b: 0 }, where: { id: { eq: 'x' } } })",
            'UPDATE "t" SET "a" = :P0, "b" = :P1 WHERE "id" = :P2',
            {":P0": False, ":P1": 0, ":P2": "x"},
        ),
        (
            "rds.update({ table: 't', values: {}, where: { id: { eq: 1 } } })",
            'UPDATE "t" SET WHERE "id" = :P0',
            {":P0": 1},
        ),
        (
            "rds.remove({ table: 't', where: { id: { eq: 1 } }, returning: '*' })",
            'DELETE FROM "t" WHERE "id" = :P0 RETURNING *',
            {":P0": 1},
        ),
        ("rds.remove({ table: 't', where: {} })", 'DELETE FROM "t"', {}),
        ("`UPDATE t SET a = ${1}`", "UPDATE t SET a = 1", {}),
    ],
)
def test_rds_write_becomes_sql(statement: str, sql: str, variables: JSON) -> None:
    assert pg(statement) == (sql, variables)


def test_two_statements_share_their_variables_and_hints() -> None:
    result = value(
        "rds.createMySQLStatement(rds.sql`insert into Post values(${rds.typeHint.UUID(ctx.args.id)},"
        " ${'t'})`, rds.select({ table: 'Post', where: { id: { eq: rds.typeHint.UUID(ctx.args.id) } } }))",
        {"arguments": {"id": "7"}},
    )
    assert result == {
        "statements": ["insert into Post values(:P0, :P1)", "SELECT * FROM `Post` WHERE `id` = :P2"],
        "variableMap": {":P0": "7", ":P1": "t", ":P2": "7"},
        "variableTypeHintMap": {":P0": "UUID", ":P2": "UUID"},
    }


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("", "An argument is expected to be passed to createPgStatement"),
        ("1", "Unsupported type is passed as argument to createPgStatement"),
        ("rds.select()", "An argument is expected to be passed to select"),
        ("rds.select([1])", "Expected payload to be an Object."),
        ("rds.select({})", "'table' or 'from' key is required."),
        ("rds.insert({ from: 't', values: {} })", "'table' or 'from' key is required."),
        ("rds.select({ table: 't', from: 't' })", "'from' and 'table' keys cannot be used together"),
        ("rds.select({ table: 1 })", "table name is expected to be a string or alias."),
        ("rds.select({ from: 1 })", "'from' value is expected to be string or object."),
        ("rds.select({ table: {} })", "java.util.NoSuchElementException"),
        ("rds.select({ table: { a: 'x', b: 'y' } })", "table alias is allowed only one key-value pair."),
        ("rds.select({ table: { a: 1 } })", "Table alias value is expected to be a string."),
        ("rds.select({ table: 't', columns: 'a' })", "Expected column to be * or an array."),
        ("rds.select({ table: 't', columns: [1] })", "Invalid type in column array."),
        (
            "rds.select({ table: 't', where: 'id = 1' })",
            "WHERE values are expected to be SQL templates or a condition object.",
        ),
        ("rds.select({ table: 't', where: { a: 1 } })", "Expected condition to be an Object."),
        ("rds.select({ table: 't', where: { and: 'a' } })", "and expects conditions to be an array"),
        ("rds.select({ table: 't', where: { or: ['a'] } })", "Expected or to be an Object."),
        ("rds.select({ table: 't', where: { id: { in: [1] } } })", "Unsupported condition id.in."),
        ("rds.select({ table: 't', where: { id: { eq: null } } })", "Value for id.eq can't be null."),
        (
            "rds.select({ table: 't', where: { a: { between: [1] } } })",
            "a.between condition expects an array with 2 values but received an array with length 1.",
        ),
        (
            "rds.select({ table: 't', where: { a: { beginsWith: 1 } } })",
            "a.beginsWith expects a string value to be passed.",
        ),
        (
            "rds.select({ table: 't', where: { a: { size: { in: 1 } } } })",
            "a.size has invalid size operator.",
        ),
        ("rds.select({ table: 't', where: { a: { size: 1 } } })", "Expected a.size to be an Object."),
        ("rds.select({ table: 't', limit: 'abc' })", "limit expects a number."),
        ("rds.select({ table: 't', orderBy: {} })", "orderBy expects an array."),
        (
            "rds.select({ table: 't', orderBy: [{ column: 'a', dir: 'x' }] })",
            "orderBy dir can have either ASC or DESC found x.",
        ),
        ("rds.insert({ table: 't' })", "values are expected to be passed to insert"),
        ("rds.insert({ table: 't', values: [1] })", "Expected values to an Object."),
        ("rds.sql()", "Unexpected argument passed to sql tagged template"),
    ],
)
def test_rds_statement_is_refused_with_a_message(statement: str, message: str) -> None:
    assert refusal(f"rds.createPgStatement({statement})") == message


def test_rds_returning_is_refused_for_mysql() -> None:
    statement = "rds.insert({ table: 't', values: { a: 1 }, returning: '*' })"
    assert refusal(f"rds.createMySQLStatement({statement})") == "returning is not supported in MySQL."


def test_rds_result_becomes_rows() -> None:
    cells: list[JSON] = [
        {"longValue": 1},
        {"isNull": True},
        {"arrayValue": {"arrayValues": [{"longValues": [1]}, {"stringValues": ["a"]}]}},
        {"booleanValue": False},
    ]
    columns: list[JSON] = [{"label": "id"}, {"name": "no"}, {"name": "tags"}, {"name": "is", "label": "IS"}]
    answer: JSON = {
        "sqlStatementResults": [
            {"numberOfRecordsUpdated": 1, "generatedFields": []},
            {"records": [cells], "columnMetadata": columns},
        ]
    }
    rows = [[{}], [{"id": 1, "tags": [[1], ["a"]], "IS": False}]]
    assert value("rds.toJsonObject(ctx.result)", {"result": json.dumps(answer)}) == rows
    assert value("util.rds.toJsonObject(ctx.result)", {"result": answer}) == rows
