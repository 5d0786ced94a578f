"""The same order sent twenty times at once, again later, with other contents, and by another customer."""

from __future__ import annotations

import asyncio
import uuid
from typing import cast

import pytest
from gql import GraphQLRequest
from gql.transport.exceptions import TransportQueryError

from tests.faults.world import FIELDS, GOOD_END, World, in_order, send
from tests.integration.conftest import Json, Person, ask, order_input
from tests.integration.test_orders import ENQUEUE, SUBMIT

pytestmark = pytest.mark.integration


async def refused(world: World, person: Person, order: Json, document: GraphQLRequest) -> Json:
    with pytest.raises(TransportQueryError) as failed:
        await send(world, person, order, document)
    assert failed.value.errors is not None
    (error,) = failed.value.errors
    assert (failed.value.data or {}).get(FIELDS[document]) is None
    result: Json = error
    return result


class TestTwentyTimes:
    @pytest.mark.parametrize("documents", [[SUBMIT], [SUBMIT, ENQUEUE]], ids=["submit", "mixed"])
    async def test_twenty_concurrent_submissions_are_one_order(
        self, world: World, ada: Person, tea: str, documents: list[GraphQLRequest]
    ) -> None:
        order = order_input(tea, quantity=3)
        order_id = str(order["clientToken"])
        async with world.follower(ada, order_id) as arrivals, world.as_person(ada) as session:
            used = [documents[n % len(documents)] for n in range(20)]
            answers = await asyncio.gather(
                *(session.execute(ask(document, {"input": order})) for document in used)
            )
            assert await arrivals() == in_order(GOOD_END)
        assert {answer[FIELDS[d]]["id"] for d, answer in zip(used, answers, strict=True)} == {order_id}
        world.assert_sold(order_id, tea, initial=10, quantity=3)

    async def test_first_of_different_orders_under_one_token_wins(
        self, world: World, ada: Person, tea: str
    ) -> None:
        token = str(uuid.uuid4())
        orders = [order_input(tea, quantity=n % 2 + 1, clientToken=token) for n in range(20)]
        answers = await asyncio.gather(*(send(world, ada, o) for o in orders), return_exceptions=True)
        accepted = [o for o, a in zip(orders, answers, strict=True) if isinstance(a, dict)]
        assert accepted and all(order == accepted[0] for order in accepted)
        errors = [a for a in answers if isinstance(a, BaseException)]
        assert len(errors) == 10
        assert {type_of(error) for error in errors} == {"IdempotencyConflict"}
        items = accepted[0]["items"]
        assert isinstance(items, list)
        world.assert_sold(token, tea, initial=10, quantity=items[0]["quantity"])


def type_of(error: BaseException) -> str:
    assert isinstance(error, TransportQueryError) and error.errors
    return str(error.errors[0].get("errorType"))


class TestRepeated:
    @pytest.mark.parametrize("document", [SUBMIT, ENQUEUE], ids=["submit", "enqueue"])
    async def test_repeated_submission_of_a_final_order_returns_it(
        self, world: World, ada: Person, tea: str, document: GraphQLRequest
    ) -> None:
        order = order_input(tea)
        order_id = str(order["clientToken"])
        await send(world, ada, order)
        world.assert_sold(order_id, tea, initial=10)
        starts = len(world.aws.requests_of("StartExecution", order_id))
        again = await send(world, ada, {**order, "clientToken": order_id.upper()}, document)
        assert (again["id"], again["status"], again["version"]) == (order_id, "DELIVERED", 6)
        assert len(world.aws.requests_of("StartExecution", order_id)) == starts
        # On a busy machine a change may be published late, by way of the other queue.
        assert world.aws.requests_of("SendMessageBatch", order_id, world.physical["OrderQueue"]) == []
        world.assert_sold(order_id, tea, initial=10)

    @pytest.mark.parametrize("document", [SUBMIT, ENQUEUE], ids=["submit", "enqueue"])
    @pytest.mark.parametrize(
        "change",
        [
            {"currency": "USD"},
            {"cardToken": "tok_approve_2"},
            {"quantity": 2},
            {"sku": "other"},
            {"name": "Thing "},
            {"unitPrice": 251},
        ],
        ids=lambda change: next(iter(change)),
    )
    async def test_repeated_submission_with_other_contents_is_a_conflict(
        self, world: World, ada: Person, change: Json, document: GraphQLRequest
    ) -> None:
        order = order_input("nothing-there")
        await send(world, ada, order)
        (item,) = cast("list[Json]", order["items"])
        line = item | {key: value for key, value in change.items() if key in item}
        other = order | {"items": [line]} | {key: value for key, value in change.items() if key in order}
        error = await refused(world, ada, other, document)
        assert error["errorType"] == "IdempotencyConflict"

    @pytest.mark.parametrize("document", [SUBMIT, ENQUEUE], ids=["submit", "enqueue"])
    async def test_stranger_learns_nothing_of_the_order(
        self, world: World, ada: Person, tea: str, document: GraphQLRequest
    ) -> None:
        eve = world.person("eve")
        order = order_input(tea, quantity=2)
        order_id = str(order["clientToken"])
        await send(world, ada, order)
        same = await refused(world, eve, order, document)
        other = await refused(world, eve, order_input("x", clientToken=order_id), document)
        own = await refused(world, ada, order_input("x", clientToken=order_id), document)
        # The same words whether the contents agree or not, and for any owner.
        errors = [{key: error[key] for key in error if key != "locations"} for error in (same, other, own)]
        assert errors[0] == errors[1] == errors[2]
        assert same["errorType"] == "IdempotencyConflict"
        for secret in (ada.sub, tea, order_id, "RECEIVED", "VALIDATED", "DELIVERED"):
            assert secret not in str(same)
        world.assert_sold(order_id, tea, initial=10, quantity=2)
