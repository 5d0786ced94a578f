"""The site beside the local cloud: what it serves, what it never serves, and what its headers say."""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localcloud.command_line.options import UsageError, parser, site_files
from localcloud.network.ports import site_port
from localcloud.web.config import Json, fill
from localcloud.web.folder import Folder
from localcloud.web.site import Site, SiteFiles

SECRET = "out of the folder"
HASHED = "assets/index-B3x_9-zQ.js"
CONFIG: dict[str, Json] = {
    "engine": "http://127.0.0.1:4566",
    "region": "eu-west-1",
    "apis": [
        {"id": "a", "graphql": "http://127.0.0.1:4569/graphql", "realtime": "ws://127.0.0.1:4569/graphql"}
    ],
    "event_apis": [
        {"id": "e", "http": "http://127.0.0.1:4570/event", "realtime": "ws://127.0.0.1:4570/event/realtime"}
    ],
    "rest_apis": [],
    "websocket_apis": [{"id": "w", "name": "chat", "url": "ws://127.0.0.1:4576/live"}],
    "iot": {"endpoint": "iot.localhost", "websocket": "ws://127.0.0.1:4591/mqtt"},
    "outputs": {"Pool": "eu-west-1_x", "Events": "e"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    top = tmp_path_factory.mktemp("site")
    page = top / "page"
    for name, text in (
        ("index.html", "<!doctype html><title>A page</title>"),
        (HASHED, "export {}"),
        ("assets/logo.svg", "<svg/>"),
        ("é.txt", "accent"),
        (".env", SECRET),
        (".git/config", SECRET),
        ("inner/page.html", "inner"),
    ):
        (page / name).parent.mkdir(parents=True, exist_ok=True)
        (page / name).write_text(text)
    (top / "secret.txt").write_text(SECRET)
    (top / "page-not.txt").write_text(SECRET)
    (page / "out.txt").symlink_to(top / "secret.txt")
    (page / "up").symlink_to(top)
    (page / "hidden.txt").symlink_to(page / ".env")
    (page / "within.txt").symlink_to(page / "é.txt")
    (page / "circle").symlink_to(page / "circle")
    (top / "report").mkdir()
    (top / "report" / "latest.json").write_text('{"orders": 4}')
    return page


@pytest.fixture
async def site(folder: Path) -> AsyncIterator[Site]:
    config: Json = {
        "pool": "${outputs.Pool}",
        "rest": "${rest_apis.0.url}",
        "report": "${files.report.latest}",
        "older": "${files.report.older}",
        "helper": "http://127.0.0.1:8765/received",
    }
    site = Site(SiteFiles(folder, {"/report": folder.parent / "report"}, config), lambda: CONFIG)
    await site.start()
    yield site
    await site.stop()


async def ask(
    site: Site, target: str, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], str]:
    """Send a request line as it is: no client's library tidies the path."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    request_headers = {
        "Host": f"127.0.0.1:{site.port}",
        **{name.replace("_", "-"): v for name, v in headers.items()},
    }
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in request_headers.items())]
    writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
    answer = (await reader.read()).decode(errors="replace")
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    first, *rest = head.split("\r\n")
    return int(first.split()[1]), {n.lower(): v for n, _, v in (line.partition(": ") for line in rest)}, body


async def test_page_is_revalidated_and_hashed_assets_are_cached(site: Site) -> None:
    status, headers, body = await ask(site, "/")
    assert (status, body) == (200, "<!doctype html><title>A page</title>")
    assert headers["content-type"] == "text/html; charset=utf-8"
    assert headers["cache-control"] == "no-cache"
    assert (await ask(site, "/", If_None_Match=headers["etag"]))[0] == 304
    assert (await ask(site, "/?order=1"))[0] == 200
    status, headers, _ = await ask(site, f"/{HASHED}")
    assert (status, headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await ask(site, "/assets/logo.svg"))[1]["cache-control"] == "no-cache"


async def test_content_security_policy_allows_this_cloud_alone(site: Site) -> None:
    for target in ("/", f"/{HASHED}", "/none", "/config.json", "/report/latest.json"):
        _, headers, _ = await ask(site, target)
        assert headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            "connect-src 'self' http://127.0.0.1:4566 http://127.0.0.1:4569 http://127.0.0.1:4570 "
            "http://127.0.0.1:8765 ws://127.0.0.1:4569 ws://127.0.0.1:4570 ws://127.0.0.1:4576 "
            "ws://127.0.0.1:4591; manifest-src 'self'; "
            "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "camera=()" in headers["permissions-policy"]
        assert "access-control-allow-origin" not in headers


async def test_configuration_has_addresses_and_report(site: Site, folder: Path) -> None:
    status, headers, body = await ask(site, "/config.json")
    assert (status, headers["content-type"]) == (200, "application/json")
    report = "/report/latest.json"
    assert json.loads(body) == {"pool": "eu-west-1_x", "rest": None, "report": report, "older": None} | {
        "helper": "http://127.0.0.1:8765/received"
    }
    bare = Site(SiteFiles(folder), lambda: CONFIG)
    await bare.start()
    try:
        assert json.loads((await ask(bare, "/config.json"))[2]) == {**CONFIG, "files": {}}
    finally:
        await bare.stop()


async def test_additional_folder_is_served_below_its_path(site: Site) -> None:
    status, headers, body = await ask(site, "/report/latest.json")
    assert (status, body, headers["cache-control"]) == (200, '{"orders": 4}', "no-cache")
    for target in (
        "/report",
        "/report/",
        "/report/none.json",
        "/report/../secret.txt",
        "/reports/latest.json",
    ):
        assert (await ask(site, target))[0] == 404


async def test_other_methods_and_host_names_are_refused(site: Site) -> None:
    status, headers, _ = await ask(site, "/", "POST")
    assert (status, headers["allow"]) == (405, "GET, HEAD")
    status, headers, body = await ask(site, "/", "HEAD")
    assert (status, headers["content-length"], body) == (200, "36", "")
    for name in ("evil.example", f"evil.example:{site.port}", "127.0.0.1"):
        assert (await ask(site, "/config.json", Host=name))[0] == 421
    assert (await ask(site, "/", Host=f"localhost:{site.port}"))[0] == 200


@pytest.mark.parametrize(
    "target",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/%252e%252e/secret.txt",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/out.txt",
        "/up/secret.txt",
        "/up/",
        "/hidden.txt",
        "/circle",
        "/circle/x",
        "/.env",
        "/%2eenv",
        "/.git/config",
        "/inner",
        "/inner/",
        "/./index.html",
        "/index.html/",
        "/index.html%00.txt",
        "/%ff",
        "/" + "a" * 5000,
        "/none",
    ],
)
async def test_path_outside_the_site_is_refused(site: Site, target: str) -> None:
    status, _, body = await ask(site, target)
    assert status in {400, 404}
    assert SECRET not in body


async def test_links_within_the_folder_are_followed(site: Site) -> None:
    assert (await ask(site, "/within.txt"))[2] == "accent"
    assert (await ask(site, "/%C3%A9.txt"))[2] == "accent"


PIECES = st.sampled_from(
    [
        "..",
        ".",
        "/",
        "//",
        "%2e",
        "%2f",
        "%5c",
        "\\",
        "up",
        "out.txt",
        "secret.txt",
        "index.html",
        "assets",
        "%00",
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=12).map("".join))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_path_stays_within_the_folder(folder: Path, path: str) -> None:
    root = folder.resolve()
    for served in (Folder(folder).find(path), Folder(folder).find("/" + path)):
        if served is not None:
            assert served.path.is_relative_to(root)
            assert not any(part.startswith(".") for part in served.path.relative_to(root).parts)


@pytest.mark.parametrize(
    ("config", "filled"),
    [
        ("${outputs.Pool}", "eu-west-1_x"),
        ("at ${engine}/x in ${region}", "at http://127.0.0.1:4566/x in eu-west-1"),
        ("${apis.0.graphql}", "http://127.0.0.1:4569/graphql"),
        ("${apis.1.graphql}", None),
        ("${event_apis.[id=outputs.Events].http}", "http://127.0.0.1:4570/event"),
        ("${event_apis.[id=outputs.None].http}", None),
        ("${outputs.[id=a]}", None),
        ("${apis.[id].graphql}", None),
        ("${websocket_apis.chat.url}", "ws://127.0.0.1:4576/live"),
        ("${websocket_apis.nobody.url}", None),
        ("${apis.chat.graphql}", None),  # its members have no names
        ("${rest_apis.0.url}/docs", None),
        ("${apis}x", None),
        ("${outputs}", {"Pool": "eu-west-1_x", "Events": "e"}),
        ("$engine {region} ${", "$engine {region} ${"),
        ([1, True, None, {"a": "${region}"}], [1, True, None, {"a": "eu-west-1"}]),
    ],
)
def test_placeholders_of_the_configuration_are_filled(config: Json, filled: Json) -> None:
    assert fill(config, CONFIG) == filled


def read(*arguments: str) -> argparse.Namespace:
    return parser().parse_args(["template.yaml", *arguments])


def test_command_line_options_select_the_site(folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"a": 1}')
    options = read("--web", str(folder), "--web-config", str(config), "--web-also", "/report=r")
    assert site_files(options) == SiteFiles(folder, {"/report": Path("r")}, {"a": 1})
    assert site_files(read()) is None


def test_invalid_site_options_are_reported_first(folder: Path, tmp_path: Path) -> None:
    for arguments, message in (
        (("--web", str(tmp_path)), f"--web {tmp_path}: there is no index.html in it"),
        (("--web-also", "/a=b"), "--web-config and --web-also go with --web"),
        (("--web", str(folder), "--web-also", "a=b"), "--web-also 'a=b': expected /PATH=DIR"),
        (("--web", str(folder), "--web-also", "/a"), "--web-also '/a': expected /PATH=DIR"),
        (("--web", str(folder), "--web-config", "none"), "--web-config: cannot read none"),
    ):
        with pytest.raises(UsageError) as caught:
            site_files(read(*arguments))
        assert str(caught.value).startswith(message)


async def test_occupied_port_is_reported(folder: Path) -> None:
    assert (site_port(0), site_port(4566)) == (0, 4596)
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(OSError, match="in use"):
        await Site(SiteFiles(folder), lambda: CONFIG).start(listener.getsockname()[1])
