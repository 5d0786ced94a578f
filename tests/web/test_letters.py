"""Dead letters as staff see them: what lies there, a question first, and back where it came from."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from clients import Item
from tests.localcloud.running import wait_for
from tests.web.conftest import Shop, Visit
from tests.web.support import follow_to_the_end, sign_in, submit_by_program
from tests.web.test_looks import Looks
from tests.web.test_trace import sign_in_as_staff

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Start = Callable[..., Visit]
SPOON = Item("SPOON-OAK", "Oak spoon", 1, 420)


def put(shop: Shop, logical_id: str, body: object) -> Callable[[], int]:
    """Put a letter in a queue; return what tells how many there are."""
    session, url = shop.cloud.session(), shop.cloud.engine
    stack = session.client("cloudformation", endpoint_url=url)
    resource = stack.describe_stack_resource(
        StackName=str(shop.cloud.ready["stack"]), LogicalResourceId=logical_id
    )
    queue = str(resource["StackResourceDetail"]["PhysicalResourceId"])
    sqs = session.client("sqs", endpoint_url=url)
    sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(body))

    def depth() -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]  # type: ignore[arg-type]
        return sum(map(int, attributes.values()))

    return depth


def place(page: Page, name: str) -> Locator:
    return page.locator(f'[data-place="{name}"]')


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_staff_redrive_letters(visit: Start, shop: Shop, scheme: str, width: int) -> None:
    order_id = submit_by_program(shop, "ada", SPOON).id
    follow_to_the_end(shop, "ada", order_id)
    orders = put(shop, "OrderDeadLetters", {"orderId": order_id})
    reports = put(
        shop, "FulfilmentDeadLetters", {"detail-type": "OrderPacked", "detail": {"orderId": "none"}}
    )
    page = visit(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    ).open()
    looks = Looks(page, f"{width}-{scheme}")
    sign_in_as_staff(page)
    page.get_by_role("navigation").get_by_role("link", name="Dead letters").click()
    expect(page.get_by_role("heading", name="Dead letters", level=1)).to_be_focused()

    card = place(page, "orders")
    expect(card).to_have_attribute("data-depth", "1")
    card.get_by_role("button", name="Show").click()
    expect(card.get_by_text("received 10 times, and finished by none")).to_be_visible()
    expect(card.get_by_role("link", name=f"Order {order_id[:8]}")).to_be_visible()
    looks.at("letters-shown")
    card.get_by_role("button", name="Put back…", exact=True).first.click()
    expect(card.get_by_text("1 letter would go back.")).to_be_visible()
    looks.at("letters-asked")
    card.get_by_role("button", name="Leave").click()
    assert orders() == 1
    card.get_by_role("button", name=f"Put back what concerns order {order_id[:8]}…").click()
    card.get_by_role("button", name="Put back", exact=True).click()
    expect(card.get_by_text("1 letter went back.")).to_be_visible()
    # The order was started long ago: a second start is none.
    wait_for(lambda: orders() == 0, what="an empty place")

    card = place(page, "fulfilment")
    card.get_by_role("button", name="Put back…", exact=True).click()
    card.get_by_role("button", name="Put back", exact=True).click()
    expect(card.get_by_text("1 letter stays: the function failed again")).to_be_visible(timeout=60_000)
    assert reports() == 1
    looks.at("letters-stay")
    assert looks.wrong == []
    purge(shop)


def purge(shop: Shop) -> None:
    """Leave nothing for the next test."""
    session, url = shop.cloud.session(), shop.cloud.engine
    sqs = session.client("sqs", endpoint_url=url)
    for queue in sqs.list_queues()["QueueUrls"]:
        if "FulfilmentDeadLetters" in queue:
            sqs.purge_queue(QueueUrl=queue)


def test_customers_see_no_letters_page_and_are_refused(visit: Start, shop: Shop) -> None:
    page = visit().open()
    sign_in(page, "ada")
    expect(page.get_by_role("navigation").get_by_role("link", name="Dead letters")).to_have_count(0)
    page.goto(f"{shop.url}#/letters")
    expect(page.get_by_text("Only staff may do this.")).to_be_visible()
