"""An order's workflow as staff see it: a finished order, one that awaits approval, one that failed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from clients import Item
from demo.shop import PASSWORD, STAFF
from tests.web.conftest import Shop, Visit
from tests.web.support import expect_status, follow_to_the_end, order_on, sign_in, submit_by_program
from tests.web.test_looks import Looks

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Start = Callable[..., Visit]
SPOON = Item("SPOON-OAK", "Oak spoon", 1, 420)
# Above the limit: 999 of them at 1,500.00 each.
MUCH = Item("SPOON-OAK", "Oak spoon", 999, 150_000)


def sign_in_as_staff(page: Page) -> None:
    page.get_by_role("textbox", name="Name").fill(STAFF)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Shop", level=1)).to_be_visible()


def look_at(page: Page, shop: Shop, order_id: str) -> Locator:
    page.goto(f"{shop.url}#/orders/{order_id}")
    expect(order_on(page, order_id)).to_be_visible()
    return page.get_by_role("region", name="Workflow", exact=True)


def state(picture: Locator, name: str) -> Locator:
    return picture.locator(f'[data-state="{name}"]')


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_staff_see_the_trace_of_an_order(visit: Start, shop: Shop, scheme: str) -> None:
    done = submit_by_program(shop, "ada", SPOON).id
    waiting = submit_by_program(shop, "ada", MUCH).id
    page = visit(color_scheme=scheme, viewport={"width": 1440, "height": 900}, reduced_motion="reduce").open()
    looks = Looks(page, f"desktop-{scheme}")
    sign_in_as_staff(page)

    follow_to_the_end(shop, "ada", done)
    picture = look_at(page, shop, done)
    expect(picture).to_have_attribute("data-outcome", "SUCCEEDED", timeout=60_000)
    for name in ("Validate", "ReserveAndAuthorize", "ReserveItem", "MarkDelivered"):
        expect(state(picture, name)).to_have_attribute("data-outcome", "SUCCEEDED")
    expect(state(picture, "AwaitDecision")).not_to_have_attribute("data-outcome", "SUCCEEDED")
    looks.at("workflow-done")

    picture = look_at(page, shop, waiting)
    expect_status(page, waiting, "AWAITING_APPROVAL")
    awaiting = state(picture, "AwaitDecision")
    expect(awaiting).to_have_attribute("data-outcome", "RUNNING", timeout=60_000)
    expect(awaiting).to_have_attribute("aria-current", "step")
    looks.at("workflow-waiting")
    page.get_by_role("button", name="Approve").click()
    expect(awaiting).to_have_attribute("data-outcome", "SUCCEEDED", timeout=60_000)
    assert looks.wrong == []


def test_failed_order_shows_its_failed_step(visit: Start, shop: Shop) -> None:
    order_id = submit_by_program(shop, "ada", SPOON, card="tok_decline").id
    page = visit(viewport={"width": 390, "height": 844}, reduced_motion="reduce").open()
    looks = Looks(page, "phone-light")
    sign_in_as_staff(page)
    picture = look_at(page, shop, order_id)
    caught = state(picture, "AuthorizePayment")
    expect(caught).to_have_attribute("data-outcome", "CAUGHT", timeout=60_000)
    expect(caught).to_contain_text("PaymentDeclined")
    expect(picture).to_have_attribute("data-outcome", "SUCCEEDED", timeout=60_000)
    caught.click()
    expect(picture.get_by_role("listitem").first).to_contain_text("leads to PaymentDeclined.")
    looks.at("workflow-failed")
    assert looks.wrong == []


def test_keyboard_moves_from_state_to_state(visit: Start, shop: Shop) -> None:
    order_id = submit_by_program(shop, "grace", SPOON).id
    page = visit().open()
    sign_in_as_staff(page)
    picture = look_at(page, shop, order_id)
    first = state(picture, "Validate")
    first.focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(picture.get_by_text("Does the shop sell all of it?")).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(state(picture, "MarkValidated")).to_be_focused()
    page.keyboard.press("End")
    expect(first).not_to_be_focused()
    page.keyboard.press("Home")
    expect(first).to_be_focused()
    expect(picture.locator('[tabindex="0"][role="button"]')).to_have_count(1)
    picture.get_by_text("All steps as a table").click()
    expect(picture.get_by_role("rowheader", name="Validate", exact=True)).to_be_visible()


def test_customer_sees_no_workflow_and_requests_none(visit: Start, shop: Shop) -> None:
    item = visit()
    bodies: list[str] = []
    item.context.on("request", lambda request: bodies.append(request.post_data or ""))
    page = item.open()
    sign_in(page)
    order_id = submit_by_program(shop, "ada", SPOON).id
    page.goto(f"{shop.url}#/orders/{order_id}")
    expect_status(page, order_id, "DELIVERED")
    expect(page.get_by_role("region", name="Workflow", exact=True)).to_have_count(0)
    assert [body for body in bodies if "orderTrace" in body] == []
