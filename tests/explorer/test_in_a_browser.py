"""GraphiQL in a browser: a query, a mutation and a subscription's event with each way in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench import browser as chromium
from tests.localcloud.running import Running, running
from tools import graphiql, web

pytestmark = [pytest.mark.slow, pytest.mark.integration]
TEMPLATE = Path(__file__).with_name("template.yaml")
PASSWORD = "Correct-horse-7"
PATIENCE = 30_000  # milliseconds


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    try:
        graphiql.install()
    except web.NoNode as missing:
        pytest.skip(str(missing))
    with running(tmp_path_factory.mktemp("explorer"), TEMPLATE) as up:
        cognito = up.session().client("cognito-idp", endpoint_url=up.engine)
        pool = up.outputs["Pool"]
        cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
        cognito.close()
        yield up


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.WANTED)
    with sync_playwright() as started:
        launched = started.chromium.launch(executable_path=path)
        yield launched
        launched.close()


@pytest.fixture
def page(cloud: Running, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    urls: list[str] = []
    opened.on("request", lambda request: urls.append(request.url))
    opened.goto(cloud.apis[0].graphql.removesuffix("graphql"))
    yield opened
    context.close()
    # A browser reports every answer that is an error, also those that a test is about.
    assert [complaint for complaint in complaints if "status of 40" not in complaint] == []
    away = [url for url in urls if not re.match(r"(http://127\.0\.0\.1:\d+/|data:)", url)]
    assert away == [], "nothing comes from the network"


def write(page: Page, text: str) -> None:
    editor = page.get_by_role("region", name="Query Editor")
    editor.click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def run(page: Page, text: str) -> None:
    write(page, text)
    page.get_by_role("button", name="Execute query").click()


def expect_result(page: Page, text: str) -> None:
    expect(page.get_by_role("region", name="Result Window")).to_contain_text(text, timeout=PATIENCE)


def let_in(page: Page, mode: str) -> None:
    page.get_by_role("combobox", name="authorize as").select_option(mode)
    if mode == "Cognito user":
        page.get_by_label("user name").fill("ada")
        page.get_by_label("password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("status")).to_have_text("signed in as ada", timeout=PATIENCE)


@pytest.mark.parametrize(
    ("mode", "who"),
    [
        ("API key", "API Key Authorization: nobody"),
        ("IAM, the local administrator", "IAM Authorization: administrator"),
        ("Cognito user", "User Pool Authorization: ada"),
    ],
)
def test_explorer_runs_a_query_a_mutation_and_a_subscription(page: Page, mode: str, who: str) -> None:
    let_in(page, mode)
    run(page, "{ whoami }")
    expect_result(page, who)
    run(
        page,
        """
    # subscription { no }
    query ($a: Boolean = false) { b: __typename @skip(if: $a) }""",
    )
    expect_result(page, '"b": "Query"')
    run(page, "subscription ($x: Boolean = false) { onSaid { text @skip(if: $x) } }")
    expect(page.get_by_role("button", name="Stop query")).to_be_visible(timeout=PATIENCE)
    other = page.context.new_page()
    other.goto(page.url)
    let_in(other, mode)
    # What is said before the subscription is live is not heard: it is said until it is.
    shown_message = page.get_by_role("region", name="Result Window").get_by_text(f"heard by {mode}")
    for _ in range(20):
        run(other, f'mutation {{ say(text: "heard by {mode}") {{ text }} }}')
        expect_result(other, f"heard by {mode}")
        if shown_message.count():
            break
        page.wait_for_timeout(250)
    expect_result(page, f"heard by {mode}")
    page.get_by_role("button", name="Stop query").click()
    expect(page.get_by_role("button", name="Execute query")).to_be_visible(timeout=PATIENCE)


def test_explorer_shows_why_a_caller_is_refused(page: Page) -> None:
    page.get_by_role("combobox", name="authorize as").select_option("Cognito user")
    run(page, "{ whoami }")
    expect_result(page, "Sign in first, above.")
    page.get_by_label("user name").fill("ada")
    page.get_by_label("password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("status")).to_contain_text("Incorrect username or password", timeout=PATIENCE)
    page.get_by_role("combobox", name="authorize as").select_option("OpenID Connect token")
    page.get_by_role("textbox", name="token").fill("nonsense")
    page.get_by_role("button", name="Use").click()
    run(page, "{ whoami }")
    expect_result(page, "UnauthorizedException")
