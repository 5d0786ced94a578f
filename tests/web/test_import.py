"""A file of orders as a customer imports it: followed, acknowledged, repeated, cancelled, refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.localcloud.running import ROOT
from tests.web.conftest import Shop, Visit
from tests.web.support import sign_in
from tests.web.test_looks import Looks

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Start = Callable[..., Visit]
HEADER = "reference,currency,cardToken,sku,name,quantity,unitPrice"
# Uploads, executions and cold functions of a busy machine.
SECONDS = 90_000
SAMPLE = ROOT / "web" / "public" / "import-sample.csv"


def file_of(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def begin(page: Page, file: Path) -> str:
    """Choose a file and send it; return the import's id once S3 has it."""
    page.get_by_role("navigation").get_by_role("link", name="Import").click()
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_role("button", name="Upload and import").click()
    page.wait_for_url("**/#/import/*-*")
    return page.url.rsplit("/", 1)[1]


def drop(page: Page, name: str, text: str) -> None:
    """Let a file fall onto the form, as from a file manager."""
    files = page.evaluate_handle(
        """([name, text]) => {
            const files = new DataTransfer();
            files.items.add(new File([text], name));
            return files;
        }""",
        [name, text],
    )
    form = page.get_by_role("form", name="File")
    for event in ("dragover", "drop"):
        form.dispatch_event(event, {"dataTransfer": files})


def expect_status(page: Page, status: str) -> None:
    expect(page.locator("[data-import][data-version]")).to_have_attribute(
        "data-status", status, timeout=SECONDS
    )


def count(page: Page, name: str) -> str:
    return page.locator(f'[data-count="{name}"] dd').first.inner_text()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_a_file_is_imported_and_acknowledged(
    visit: Start, shop: Shop, tmp_path: Path, scheme: str, width: int
) -> None:
    page = visit(
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        is_mobile=width == 360,
        reduced_motion="reduce",
        accept_downloads=True,
    ).open()
    looks = Looks(page, f"{width}-{scheme}")
    sign_in(page)
    page.get_by_role("navigation").get_by_role("link", name="Import").click()
    expect(page.get_by_role("heading", name="Import orders", level=1)).to_be_focused()
    page.get_by_text("What a file looks like").click()
    looks.at("import")
    file = file_of(
        tmp_path / "orders.csv",
        f"{scheme}-1,EUR,tok_approve,SPOON-OAK,Oak spoon,1,590",
        f"{scheme}-2,EUR,tok_approve,SPOON-OAK,Oak spoon,none,590",
        f"{scheme}-3,XXX,tok_approve,SPOON-OAK,Oak spoon,1,590",
    )
    first = begin(page, file)
    expect_status(page, "COMPLETED")
    assert [count(page, name) for name in ("lines", "accepted", "repeated", "refused")] == [
        "3",
        "1",
        "0",
        "2",
    ]
    lines = page.locator(".refusals tbody tr")
    expect(lines.locator("th")).to_have_text(["3", "4"])
    expect(lines.nth(0)).to_contain_text("quantity")
    expect(lines.nth(1)).to_contain_text("currency")
    expect(page.locator("section", has=page.locator(".refusals"))).to_contain_text(
        "import the whole file again"
    )
    expect(page.locator("[data-spoken]")).to_contain_text("3 of 3 lines done", timeout=SECONDS)
    looks.at("import-complete")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download the report").click()
    report = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text(encoding="utf-8-sig"))))
    assert [row["line"] for row in report] == ["2", "3", "4"]

    begin(page, file)
    expect_status(page, "COMPLETED")
    assert [count(page, name) for name in ("accepted", "repeated", "refused")] == ["0", "1", "2"]
    expect(page.get_by_text("the very same contents before")).to_be_visible()
    page.get_by_role("link", name="Look at that import").click()
    page.wait_for_url(f"**/#/import/{first}")
    page.get_by_role("link", name="All imports").click()
    expect(page.locator(f'[data-import="{first}"]')).to_have_attribute("data-status", "COMPLETED")
    looks.at("import-list")
    assert looks.wrong == []


def test_invalid_csv_is_refused_by_the_page_or_by_the_import(
    visit: Start, shop: Shop, tmp_path: Path
) -> None:
    page = visit().open()
    sign_in(page)
    page.get_by_role("navigation").get_by_role("link", name="Import").click()
    choose = page.get_by_label("CSV file")
    page.get_by_role("button", name="Upload and import").click()
    expect(page.get_by_role("alert")).to_have_text("Choose a file first.")
    expect(choose).to_be_focused()
    for name, contents, words in (
        ("orders.xlsx", b"PK\x03\x04", "no CSV by its name"),
        ("orders.csv", b"", "is empty"),
        ("orders.csv", b"PK\x03\x04\x00\x00", "no text"),
        ("orders.csv", b"x" * 10_485_761, "larger than 10 MB"),
    ):
        (tmp_path / name).write_bytes(contents)
        choose.set_input_files(tmp_path / name)
        expect(page.get_by_role("alert")).to_contain_text(words)
    drop(page, "dropped.csv", HEADER)
    expect(page.get_by_text("dropped.csv, 56 B")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    (tmp_path / "letter.csv").write_text("Dear shop,\nplease send tea.\n", encoding="utf-8")
    begin(page, tmp_path / "letter.csv")
    expect_status(page, "FAILED")
    expect(page.get_by_text("does not name the columns of an import")).to_be_visible()


def test_an_import_is_cancelled_by_keyboard_while_its_lines_come(
    visit: Start, shop: Shop, tmp_path: Path
) -> None:
    page = visit(viewport={"width": 360, "height": 800}, is_mobile=True, reduced_motion="reduce").open()
    looks = Looks(page, "360-light")
    sign_in(page, "grace")
    lines = (f"r{n},EUR,tok_approve,SPOON-OAK,Oak spoon,0,590" for n in range(20_000))
    begin(page, file_of(tmp_path / "many.csv", *lines))
    cancel = page.get_by_role("button", name="Cancel import")
    expect(page.locator(".refusals tbody tr").first).to_be_visible(timeout=SECONDS)
    looks.at("import-under-way")
    cancel.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Cancel this import?")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_status(page, "CANCELLED")
    expect(page.get_by_role("heading", name="Acknowledgement")).to_be_visible()
    assert looks.wrong == []


def test_interrupted_upload_imports_nothing(visit: Start, shop: Shop, tmp_path: Path) -> None:
    page = visit(viewport={"width": 1280, "height": 800}).open()
    sign_in(page, "margaret")
    (tmp_path / "large.csv").write_text(HEADER + "\n" + "x" * 8_000_000, encoding="utf-8")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 200_000}
    session = page.context.new_cdp_session(page)
    page.get_by_role("navigation").get_by_role("link", name="Import").click()
    page.get_by_label("CSV file").set_input_files(tmp_path / "large.csv")
    expect(page.get_by_text("large.csv, 8 MB")).to_be_visible()
    session.send("Network.emulateNetworkConditions", slow)
    page.get_by_role("button", name="Upload and import").click()
    bar = page.get_by_role("progressbar", name="Uploading large.csv")
    expect(bar).to_be_visible()
    # More than nothing is on its way, and not all of it.
    share = page.locator("[data-share]")
    expect(share).to_have_attribute("data-share", re.compile(r"^[1-9]\d?$"), timeout=SECONDS)
    page.get_by_role("button", name="Stop the upload").click()
    expect(page.get_by_role("alert")).to_contain_text("The upload was broken off.")
    session.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    cancelled = page.locator('[data-import][data-status="CANCELLED"]')
    expect(cancelled).to_contain_text("large.csv", timeout=SECONDS)


def test_an_import_of_another_customer_is_not_there(visit: Start, shop: Shop) -> None:
    page = visit().open()
    sign_in(page)
    page.goto(f"{shop.url}#/import/9316701d-0e9c-5aac-8ab6-3c64fabbf3d5")
    expect(page.get_by_text("There is no such import, or it is not yours.")).to_be_visible()


def test_the_sample_is_imported_as_it_is(visit: Start, shop: Shop) -> None:
    page = visit().open()
    sign_in(page, "linus")
    begin(page, SAMPLE)
    expect_status(page, "COMPLETED")
    assert count(page, "refused") == "0"
