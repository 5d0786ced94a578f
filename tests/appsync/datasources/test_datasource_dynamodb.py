"""The DynamoDB data source on the real engine: single items, queries, conditions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localcloud.appsync.definition import JSON
from localcloud.appsync.resolving import FieldError
from localcloud.aws import EngineAddress
from tests.appsync.datasources.asking import Table
from tests.appsync.resolvers import FakeFunctions

pytestmark = pytest.mark.integration

Items = Callable[[], list[dict[str, object]]]
KEY = "util.dynamodb.toMapValues({ pk: 'a', sk: '1' })"


@pytest.fixture
def db(address: EngineAddress, table: str) -> Table:
    return Table(address, table)


async def put(db: Table, sk: str, **values: JSON) -> JSON:
    return await db.result(
        "ddb.put({ key: { pk: 'a', sk: ctx.args.sk }, item: ctx.args.values })", {"sk": sk, "values": values}
    )


async def test_put_returns_the_item_and_keeps_the_types(db: Table, items: Items) -> None:
    request = f"""{{
        operation: 'PutItem', key: {KEY},
        attributeValues: {{
          ...util.dynamodb.toMapValues({{ n: 12, f: 1.5, t: 'x', b: true, z: null }}),
          l: util.dynamodb.toList([1, 'a', {{ k: 2 }}]),
          tags: util.dynamodb.toStringSet(['y', 'x']),
          when: {{ N: '1700000000000' }},
        }},
    }}"""
    expected = {
        **{"pk": "a", "sk": "1", "n": 12, "f": 1.5, "t": "x", "b": True, "z": None, "l": [1, "a", {"k": 2}]},
        **{"tags": ["y", "x"], "when": 1700000000000},
    }
    assert await db.result(request) == expected
    (stored,) = items()
    assert stored["n"] == {"N": "12"}
    assert stored["z"] == {"NULL": True}
    assert stored["l"] == {"L": [{"N": "1"}, {"S": "a"}, {"M": {"k": {"N": "2"}}}]}
    assert stored["tags"] in ({"SS": ["x", "y"]}, {"SS": ["y", "x"]})


async def test_get_item_returns_the_item_or_null(db: Table) -> None:
    await put(db, "1", n=1, other="x")
    assert await db.result(f"{{ operation: 'GetItem', key: {KEY}, consistentRead: true }}") == {
        "pk": "a",
        "sk": "1",
        "n": 1,
        "other": "x",
    }
    assert await db.result("ddb.get({ key: { pk: 'a', sk: '1' }, projection: ['n'] })") == {"n": 1}
    assert await db.result("ddb.get({ key: { pk: 'a', sk: '2' } })") is None


async def test_update_returns_the_new_item(db: Table) -> None:
    request = f"""{{
        operation: 'UpdateItem', key: {KEY},
        update: {{
          expression: 'SET #s = :s, version = if_not_exists(version, :zero) + :one',
          expressionNames: {{ '#s': 'status' }},
          expressionValues: util.dynamodb.toMapValues({{ ':s': 'PACKED', ':zero': 0, ':one': 1 }}),
        }},
    }}"""
    assert await db.result(request) == {"pk": "a", "sk": "1", "status": "PACKED", "version": 1}
    assert await db.result(request) == {"pk": "a", "sk": "1", "status": "PACKED", "version": 2}


async def test_update_helper_applies_its_operations(db: Table) -> None:
    await put(db, "1", n=5, log=["b"], gone=1, deep={"kept": 1, "changed": 1})
    request = """ddb.update({
        key: { pk: 'a', sk: '1' },
        update: {
          n: ddb.operations.increment(2), log: ddb.operations.prepend(['a']), gone: ddb.operations.remove(),
          deep: { changed: 2 }, fresh: ddb.operations.replace({ a: 1 }), text: 'x',
        },
        condition: { n: { eq: 5 } },
    })"""
    assert await db.result(request) == {
        **{"pk": "a", "sk": "1", "n": 7, "log": ["a", "b"], "text": "x"},
        **{"deep": {"kept": 1, "changed": 2}, "fresh": {"a": 1}},
    }


async def test_delete_item_returns_the_deleted_item(db: Table, items: Items) -> None:
    await put(db, "1", n=1)
    assert await db.result("ddb.remove({ key: { pk: 'a', sk: '1' } })") == {"pk": "a", "sk": "1", "n": 1}
    assert items() == []
    assert await db.result("ddb.remove({ key: { pk: 'a', sk: '1' } })") is None


async def test_query_in_pages_forward_and_back(db: Table) -> None:
    for sk in "12345":
        await put(db, sk, n=int(sk))
    request = """ddb.query({
        query: { pk: { eq: 'a' } }, limit: 2, scanIndexForward: ctx.args.forward,
        nextToken: ctx.args.nextToken,
    })"""
    received: list[JSON] = []
    token: JSON = None
    while True:
        page = await db.result(request, {"forward": False, "nextToken": token})
        assert isinstance(page, dict)
        assert isinstance(page["items"], list)
        received += [item["n"] for item in page["items"] if isinstance(item, dict)]
        token = page["nextToken"]
        if token is None:
            break
    assert received == [5, 4, 3, 2, 1]


async def test_query_refuses_the_token_of_another_index(db: Table) -> None:
    for sk in "12":
        await put(db, sk, owner="o")
    page = await db.result(
        "ddb.query({ query: { owner: { eq: 'o' }, sk: { ge: '0' } }, index: 'byOwner', limit: 1 })"
    )
    assert isinstance(page, dict)
    assert page["items"] == [{"pk": "a", "sk": "1", "owner": "o"}]
    kind, message, _ = await db.error(
        "ddb.query({ query: { pk: { eq: 'a' } }, nextToken: ctx.args.token })", {"token": page["nextToken"]}
    )
    assert (kind, message) == ("BadRequestException", "Invalid pagination token given.")


async def test_query_with_a_filter_and_a_projection(db: Table) -> None:
    for sk in "123":
        await put(db, sk, n=int(sk), status="A" if sk == "2" else "B")
    request = """{
        operation: 'Query',
        query: { expression: '#pk = :pk', expressionNames: { '#pk': 'pk' },
                 expressionValues: util.dynamodb.toMapValues({ ':pk': 'a' }) },
        filter: JSON.parse(util.transform.toDynamoDBFilterExpression({ status: { ne: 'A' } })),
        projection: { expression: '#n', expressionNames: { '#n': 'n' } },
    }"""
    assert await db.result(request) == {"items": [{"n": 1}, {"n": 3}], "nextToken": None, "scannedCount": 3}


async def test_scan_returns_the_items_that_pass_the_filter(db: Table) -> None:
    for sk in "123":
        await put(db, sk, n=int(sk))
    result = await db.result("ddb.scan({ filter: { n: { between: [2, 3] } } })")
    assert isinstance(result, dict)
    assert result["items"] == [{"pk": "a", "sk": "2", "n": 2}, {"pk": "a", "sk": "3", "n": 3}]


async def test_failed_condition_returns_the_current_item(db: Table) -> None:
    await put(db, "1", status="SHIPPED", version=3)
    request = f"""{{
        operation: 'UpdateItem', key: {KEY},
        update: {{ expression: 'SET #s = :new', expressionNames: {{ '#s': 'status' }},
                   expressionValues: util.dynamodb.toMapValues({{ ':new': 'CANCELLED' }}) }},
        condition: {{ expression: '#s = :old', expressionNames: {{ '#s': 'status' }},
                      expressionValues: util.dynamodb.toMapValues({{ ':old': 'RECEIVED' }}) }},
    }}"""
    kind, message, result = await db.error(request)
    assert kind == "DynamoDB:ConditionalCheckFailedException"
    assert message.startswith(
        "The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: "
    )
    assert result == {"pk": "a", "sk": "1", "status": "SHIPPED", "version": 3}


async def test_put_that_changes_nothing_succeeds(db: Table) -> None:
    await put(db, "1", name="Steve", version=8)
    request = f"""{{
        operation: 'PutItem', key: {KEY},
        attributeValues: util.dynamodb.toMapValues({{ name: 'Steve', version: 2 }}),
        condition: {{ expression: 'version = :v', expressionValues: util.dynamodb.toMapValues({{ ':v': 1 }}),
                      equalsIgnore: ['version'] }},
    }}"""
    assert await db.result(request) == {"pk": "a", "sk": "1", "name": "Steve", "version": 8}
    kind, _, result = await db.error(request.replace("equalsIgnore: ['version']", "equalsIgnore: []"))
    assert kind == "DynamoDB:ConditionalCheckFailedException"
    assert result == {"pk": "a", "sk": "1", "name": "Steve", "version": 8}


async def test_delete_of_a_deleted_item_succeeds(db: Table) -> None:
    request = (
        f"{{ operation: 'DeleteItem', key: {KEY}, condition: {{ expression: 'attribute_exists(pk)' }} }}"
    )
    assert await db.result(request) is None


CUSTOM = f"""{{
    operation: 'PutItem', key: {KEY}, attributeValues: util.dynamodb.toMapValues({{ v: 2 }}),
    condition: {{
      expression: 'attribute_not_exists(pk)',
      conditionalCheckFailedHandler: {{ strategy: 'Custom', lambdaArn: 'arn:aws:lambda:::function:decide' }},
    }},
}}"""


async def test_a_function_may_discard_reject_or_retry(
    address: EngineAddress, table: str, items: Items
) -> None:
    answer: dict[str, JSON] = {"action": "discard"}
    functions = FakeFunctions({"decide": lambda _event: answer})
    db = Table(address, table, functions)
    await put(db, "1", v=1)
    assert await db.result(CUSTOM) == {"pk": "a", "sk": "1", "v": 1}
    (event,) = functions.events
    assert isinstance(event, dict)
    assert event["currentValue"] == {"pk": {"S": "a"}, "sk": {"S": "1"}, "v": {"N": "1"}}
    assert event["identity"] == {"sub": "u"}
    answer["action"] = "reject"
    kind, _, result = await db.error(CUSTOM)
    assert (kind, result) == ("DynamoDB:ConditionalCheckFailedException", {"pk": "a", "sk": "1", "v": 1})
    answer |= {"action": "retry", "retryMapping": {"attributeValues": {"v": {"N": 3}}}}
    assert await db.result(CUSTOM) == {"pk": "a", "sk": "1", "v": 3}
    (stored,) = items()
    assert stored["v"] == {"N": "3"}


async def test_refused_expression_becomes_ctx_error(db: Table) -> None:
    kind, message, result = await db.error("{ operation: 'GetItem', key: { nope: { S: 'x' } } }")
    assert kind == "DynamoDB:DynamoDbException"
    assert "Status Code: 400" in message
    assert result is None


async def test_missing_table_is_an_error_with_its_type(address: EngineAddress) -> None:
    kind, _, _ = await Table(address, "nowhere").error(f"{{ operation: 'GetItem', key: {KEY} }}")
    assert kind == "DynamoDB:ResourceNotFoundException"


@pytest.mark.parametrize(
    ("request_document", "message"),
    [
        ("{ operation: 'GetItem' }", "Value for field '$[key]' not found."),
        (
            "{ operation: 'GetItem', key: { pk: 'a' } }",
            'a typed DynamoDB value such as {"S": "text"} is expected, not \'a\'',
        ),
        ("null", "the request handler returned no object: a data source takes a request document"),
        ("{ key: {} }", "Value for field '$[operation]' not found."),
        ("{ operation: 'Query' }", "Value for field '$[query]' not found."),
        (
            "{ operation: 'Query', query: { expression: '#a = :a', expressionNames: { '#a': 'x' } }, "
            "filter: { expression: '#a = :a', expressionNames: { '#a': 'y' } } }",
            "'$[filter]': the placeholder #a is used for something else in the same request.",
        ),
    ],
)
async def test_invalid_document_fails_the_field(db: Table, request_document: str, message: str) -> None:
    assert (await db.ask(request_document)).errors == [FieldError(message, "MappingTemplate")]
