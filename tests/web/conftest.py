"""A browser, the built page, and a local cloud with the companion that serves it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from bench import browser as chromium
from demo.ready import Ready, read_ready
from demo.shop import CUSTOMERS, prepare, read_stock
from tests.localcloud.running import ROOT, Running, running
from tools import web

# Runs in a page before its own code: what the policy blocks is a failure wherever it happens.
WATCH_POLICY = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Visit:
    """One browser of one person, and all that its pages complain of.

    Attributes
    ----------
    expected
        Complaints that the test itself brings about, such as those of a lost network.
    """

    context: BrowserContext
    url: str
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def open(self, place: str = "") -> Page:
        """Open one more tab."""
        page = self.context.new_page()
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.goto(f"{self.url}{place}")
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} {message.location.get('url')}")

    def unexpected(self) -> list[str]:
        """Return the complaints that nobody expected."""
        return [
            complaint
            for complaint in self.complaints
            if not any(re.search(p, complaint) for p in self.expected)
        ]


@dataclass(frozen=True)
class Shop:
    """The running local cloud, the page's address, and where comparisons are written."""

    cloud: Running
    ready: Ready
    url: str
    reports: Path


@pytest.fixture(scope="package")
def built() -> None:
    """Build the page, unless nothing has changed."""
    try:
        web.build()
    except web.NoNode as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="package")
def shop(built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("web")
    deploy = [sys.executable, "tools/companion.py", "deploy", "--stage", "local"]
    deploy += ["--project-dir", str(folder / "companion")]
    (folder / "compare").mkdir()
    arguments = [*shlex.split(web.ARGUMENTS)[:-1], f"/report={folder / 'compare'}"]
    arguments += ["--parameter", "PaceSeconds=1", "--parameter", "PaymentTimeoutSeconds=20"]
    arguments += ["--parameter", "AllowPrivateWebhooks=true", "--parameter", "Analytics=true"]
    with running(
        folder, ROOT / "appsync" / "template.yaml", *arguments, "--also", shlex.join(deploy)
    ) as cloud:
        ready = read_ready(folder / "ready.json")
        stock = {
            sku: 100_000 if count else 0 for sku, count in read_stock(ROOT / "examples/stock.json").items()
        }
        prepare(ready, CUSTOMERS, stock)
        yield Shop(cloud, ready, str(cloud.ready["web"]), folder / "compare")


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    # Its loop runs in this thread until it is stopped: no other folder's tests may come in between.
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.WANTED)
    started = playwright.chromium.launch(executable_path=path)
    yield started
    started.close()


@pytest.fixture
def visit(shop: Shop, browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Return a function that starts a visit; at the end of the test nobody has complained."""
    visits: list[Visit] = []

    def start(**options: object) -> Visit:
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.add_init_script(WATCH_POLICY)
        context.set_default_timeout(20_000)
        started = Visit(context, shop.url)
        visits.append(started)
        return started

    yield start
    for opened in visits:
        opened.context.close()
    assert [started.unexpected() for started in visits] == [[] for _ in visits]


@pytest.fixture(scope="package")
def measured(shop: Shop) -> Path:
    """Carry out a small comparison, and return its document."""
    command = [sys.executable, "-m", "compare", "--ready-file", str(shop.cloud.printed.parent / "ready.json")]
    wanted = ["--out", str(shop.reports), "--channels", "appsync,poll-fixed", "--orders", "3", "--rate", "3"]
    done = subprocess.run([*command, *wanted], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return (shop.reports / "latest.json").rename(shop.reports / "measured")


@pytest.fixture
def comparison(shop: Shop, measured: Path) -> Iterator[Path]:
    """Have a last comparison for the length of a test."""
    latest = shop.reports / "latest.json"
    shutil.copyfile(measured, latest)
    yield latest
    latest.unlink()
