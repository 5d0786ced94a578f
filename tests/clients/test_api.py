from __future__ import annotations

from typing import Any

import pytest

from clients import (
    Conflict,
    InvalidOrder,
    Item,
    NewOrder,
    NotAllowed,
    NotCancellable,
    NotFound,
    NotSignedIn,
    OrderClient,
    OrderwireError,
    Refused,
    ServerFault,
    Status,
    Throttled,
    Unavailable,
)
from clients.failures import from_errors
from tests.clients.fake_appsync import FakeAppSync

TEA = NewOrder("EUR", (Item("TEA", "Thé “vert” 🍵", 2, 420),), "tok_approve")


async def test_submitted_order_reads_back(appsync: FakeAppSync, ada: OrderClient) -> None:
    order = await ada.submit(TEA)
    assert (order.id, order.status, order.version, order.total) == (
        TEA.client_token,
        Status.RECEIVED,
        1,
        840,
    )
    assert order.items == TEA.items
    assert await ada.api.order(order.id) == order
    assert (await ada.api.history(order.id)).changes == order.history


async def test_enqueue_calls_the_other_mutation(appsync: FakeAppSync, ada: OrderClient) -> None:
    await ada.submit(TEA, enqueue=True)
    assert [name for name, _ in appsync.calls] == ["enqueueOrder"]


async def test_orders_are_read_page_by_page(appsync: FakeAppSync, ada: OrderClient) -> None:
    ids = [f"order-{n}" for n in range(5)]
    for order_id in ids:
        appsync.change(order_id, "RECEIVED")
    assert [order.id async for order in ada.api.orders(page_size=2)] == ids
    assert [v for _, v in appsync.calls] == [
        {"limit": 2},
        {"limit": 2, "nextToken": "2"},
        {"limit": 2, "nextToken": "4"},
    ]


async def test_absent_variables_are_omitted_from_the_request(appsync: FakeAppSync, ada: OrderClient) -> None:
    await ada.api.page()
    assert appsync.calls == [("orders", {})]


async def test_missing_order_raises_not_found(ada: OrderClient) -> None:
    for read in (ada.api.order, ada.api.history, ada.api.cancel):
        with pytest.raises(NotFound, match="nowhere"):
            await read("nowhere")


async def test_packed_order_raises_not_cancellable(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.change("packed", "PACKED")
    with pytest.raises(NotCancellable) as caught:
        await ada.api.cancel("packed")
    assert caught.value.status == "PACKED"


async def test_invalid_order_error_has_path_and_code(ada: OrderClient) -> None:
    bad = NewOrder("EUR", (Item("TEA", "Tea", 0, 420),), "tok_approve")
    with pytest.raises(InvalidOrder, match=r"items\[0\]\.quantity") as caught:
        await ada.submit(bad)
    assert (caught.value.path, caught.value.code) == ("items[0].quantity", "OUT_OF_RANGE")


@pytest.mark.parametrize(
    "failure", [503, 500, {"errorType": "ThrottlingException", "message": "Rate exceeded"}]
)
async def test_temporary_failure_is_retried(
    appsync: FakeAppSync, ada: OrderClient, failure: int | dict[str, Any]
) -> None:
    appsync.http_errors = [failure, failure]
    assert (await ada.submit(TEA)).version == 1
    assert len(appsync.calls) == 3
    assert len({variables["input"]["clientToken"] for _, variables in appsync.calls}) == 1


async def test_retries_end_after_four_attempts(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.http_errors = [503] * 10
    with pytest.raises(Unavailable):
        await ada.submit(TEA)
    assert len(appsync.calls) == 4


async def test_revoked_token_is_renewed_once(appsync: FakeAppSync, ada: OrderClient) -> None:
    await ada.submit(TEA)
    appsync.revoke()
    assert (await ada.api.order(TEA.client_token)).version == 1
    assert appsync.sign_ins == ["USER_PASSWORD_AUTH", "REFRESH_TOKEN_AUTH"]


async def test_token_refused_repeatedly_raises_not_signed_in(appsync: FakeAppSync, ada: OrderClient) -> None:
    refusal = {"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."}
    appsync.http_errors = [refusal] * 5
    with pytest.raises(NotSignedIn):
        await ada.submit(TEA)
    assert len(appsync.calls) == 3


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"errorType": "IdempotencyConflict", "message": "taken"}, Conflict),
        ({"errorType": "Unauthorized", "message": "Not Authorized to access x on type Query"}, NotAllowed),
        ({"message": "Validation error of type FieldUndefined: Field 'x' in type 'Query' …"}, Refused),
        ({"errorType": None, "message": "Variable 'input' has an invalid value"}, Refused),
        ({"errorType": "MalformedHttpRequestException", "message": "…"}, Refused),
        ({"errorType": "Lambda:Unhandled", "message": "Task timed out"}, ServerFault),
        ({"errorType": "DynamoDB:ThrottlingException", "message": "…"}, Throttled),
        ({"errorType": "LimitExceededError", "message": "Rate limit exceeded"}, Throttled),
        ({"errorType": "TryAgain", "message": "Too much at once: send it again in a moment."}, Unavailable),
        (
            {"errorType": "InternalError", "message": "The order could not be taken: send it again …"},
            Unavailable,
        ),
        ({"errorType": "DynamoDB:SdkClientException", "message": "…"}, Unavailable),
        ("what", ServerFault),
    ],
)
def test_graphql_error_becomes_its_exception_type(error: object, kind: type[OrderwireError]) -> None:
    assert type(from_errors([error])) is kind


async def test_answer_outside_the_contract_is_a_server_fault(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.change("odd", "TELEPORTED")
    with pytest.raises(ServerFault, match=r"order\.status should be one of RECEIVED"):
        await ada.api.order("odd")


async def test_token_refused_at_the_last_attempt_is_renewed(appsync: FakeAppSync, ada: OrderClient) -> None:
    appsync.change("order-1", "RECEIVED")
    await ada.api.order("order-1")
    appsync.http_errors += [503, 503, 503]
    appsync.revoke()
    assert (await ada.api.order("order-1")).id == "order-1"
