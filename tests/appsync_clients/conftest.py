"""An issuer of tokens, the served API, and the places where JavaScript clients run."""

from __future__ import annotations

import fcntl
import functools
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bench import browser as chromium
from tests.appsync_clients.driven import NODE, Ways
from tests.appsync_clients.people import Issuer, issuer
from tests.appsync_clients.served import Served, served
from tests.aws_rules.npm import installed, needs

PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">\n\
<script type="module" src="{library}.page.js"></script>\n'


@pytest.fixture(scope="package")
def tokens() -> Iterator[Issuer]:
    with issuer() as started:
        yield started


@pytest.fixture(scope="module")
def api(tokens: Issuer) -> Iterator[Served]:
    """The API, shared by a module's tests: each leaves nothing live behind."""
    with served(tokens) as started:
        yield started


@pytest.fixture(scope="package")
def packages() -> Path:
    """Install the clients; one process at a time, for tests of several files run side by side."""
    needs("node", "npm")
    with (NODE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return installed(NODE)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="package")
def ways(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ways]:
    """Bundle the pages and serve them, from another origin than the API's."""
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.WANTED)
    folder = tmp_path_factory.mktemp("pages")
    done = subprocess.run(
        ["node", "bundle.mjs", str(folder)], cwd=NODE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for library in ("amplify", "apollo", "events"):
        (folder / f"{library}.html").write_text(PAGE.format(library=library))
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield Ways(path, f"http://127.0.0.1:{server.server_port}", folder)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
