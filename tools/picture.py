"""Takes the README's picture: one order on eight channels, on one axis of time, in light and in dark.

python -m tools.picture [--ready-file .local/ready.json] [--out docs/images]

It needs the local cloud that `make run` keeps up, and a Chromium (`make browser`). The picture is what the
page shows, so each run has other times on it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bench import browser as chromium
from demo.ready import read_ready
from demo.shop import CUSTOMERS

ROOT: Final = Path(__file__).resolve().parent.parent
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
# Those that need no program beside the page: a webhook's receiver is one.
LANES: Final = ("appsync", "events", "websocket", "iot", "sse", "longpoll", "poll-fixed", "poll-backoff")
SECONDS: Final = 60


def race(page: Page) -> None:
    """Have each lane follow one order to its end."""
    page.get_by_role("button", name=f"Sign in as {CUSTOMERS[0]}").click()
    page.get_by_role("link", name="Lanes").click()
    page.locator(".chooser summary").click()
    for choice in page.locator("[data-choice]:not(.absent)").all():
        choice.get_by_role("checkbox").set_checked(choice.get_attribute("data-choice") in LANES)
    page.locator(".chooser summary").click()
    page.get_by_role("button", name="Submit an order").click()
    for lane in LANES:
        expect(page.locator(f'[data-lane="{lane}"]')).to_have_attribute(
            "data-state", "done", timeout=SECONDS * 1000
        )


def take(browser: Browser, address: str, scheme: Literal["light", "dark"], path: Path) -> None:
    """Photograph the lanes in one colour scheme."""
    context = browser.new_context(viewport={"width": 1000, "height": 800}, color_scheme=scheme)
    context.set_default_timeout(SECONDS * 1000)
    try:
        page = context.new_page()
        page.goto(address)
        race(page)
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement?.blur()")
        page.locator("figure.race").screenshot(path=path, animations="disabled")
    finally:
        context.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Take both pictures."""
    parser = argparse.ArgumentParser(prog="python -m tools.picture", description=__doc__.partition("\n")[0])
    parser.add_argument("--ready-file", type=Path, default=ROOT / ".local" / "ready.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    options = parser.parse_args(arguments)
    address = read_ready(options.ready_file).page
    executable = chromium.find()
    if address is None or executable is None:
        print(
            "no page is served (Node.js is missing)" if address is None else chromium.WANTED, file=sys.stderr
        )
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable)
        for scheme in SCHEMES:
            path = options.out / f"lanes-{scheme}.png"
            take(browser, address, scheme, path)
            print(f"{path}: {path.stat().st_size // 1000} KB")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
