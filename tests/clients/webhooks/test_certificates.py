"""Whose certificate is believed: its address, its chain, its dates, its name."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from clients.webhooks import Certificates, UntrustedCertificate
from clients.webhooks.certificates import MOST, fetch
from tests.clients.webhooks.pki import ADDRESS, NOW, Authority, Web, issue, root

NAMES = ("sns.amazonaws.com",)
ISSUER = "http://crt.r2m01.amazontrust.com/r2m01.cer"


@pytest.fixture
def web() -> Web:
    return Web()


@pytest.fixture
def trusted(tmp_path: Path) -> Authority:
    authority = root()
    (tmp_path / "roots.pem").write_bytes(authority.pem)
    return authority


def certificates(tmp_path: Path, web: Web, now: datetime = NOW) -> Certificates:
    return Certificates(tmp_path / "roots.pem", fetch=web.fetch, now=lambda: now)


def test_certificate_of_a_trusted_authority_is_fetched_once(
    tmp_path: Path, web: Web, trusted: Authority
) -> None:
    leaf = issue("sns", 1, trusted, names=NAMES)
    web.pages[ADDRESS] = leaf.pem
    opened = certificates(tmp_path, web)
    for _ in range(3):
        assert opened.key(ADDRESS) == leaf.key.public_key()
    assert web.fetched == [ADDRESS]


def test_chain_is_read_from_the_certificate_or_its_issuer_address(
    tmp_path: Path, web: Web, trusted: Authority
) -> None:
    between = issue("Between", 2, trusted, may_issue=True)
    leaf = issue("sns", 1, between, names=NAMES, issuers_at=ISSUER)
    web.pages[ADDRESS] = leaf.pem + between.pem
    assert certificates(tmp_path, web).key(ADDRESS) == leaf.key.public_key()
    web.pages = {ADDRESS: leaf.pem, ISSUER: between.certificate.public_bytes(Encoding.DER)}
    assert certificates(tmp_path, web).key(ADDRESS) == leaf.key.public_key()


def test_issuer_address_outside_aws_is_not_requested(tmp_path: Path, web: Web, trusted: Authority) -> None:
    between = issue("Between", 2, trusted, may_issue=True)
    elsewhere = "http://amazontrust.com.evil.example/r2m01.cer"
    leaf = issue("sns", 1, between, names=NAMES, issuers_at=elsewhere)
    web.pages = {ADDRESS: leaf.pem, elsewhere: between.pem}
    with pytest.raises(UntrustedCertificate, match="chain"):
        certificates(tmp_path, web).key(ADDRESS)
    assert web.fetched == [ADDRESS]


@pytest.mark.parametrize(
    "url",
    [
        ADDRESS.replace("https", "http"),
        ADDRESS.replace("sns.eu-west-1", "sns.eu-west-1.evil"),
        ADDRESS.replace("amazonaws.com", "amazonaws.com.evil.example"),
        ADDRESS.replace("sns.", "s3."),
        ADDRESS.replace("//", "//evil.example@"),
        ADDRESS.replace("amazonaws.com", "amazonaws.com:8443"),
        ADDRESS.replace("/Simple", "/../Simple"),
        ADDRESS.replace("/SimpleNotificationService-", "/bucket/SimpleNotificationService-"),
        ADDRESS.replace(".pem", ".pem?x=.pem"),
        ADDRESS + "#x",
        ADDRESS + "\n",
        "https://[",
        "",
    ],
)
def test_certificate_address_outside_sns_is_not_requested(
    tmp_path: Path, web: Web, trusted: Authority, url: str
) -> None:
    web.pages[url] = issue("sns", 1, trusted, names=NAMES).pem
    with pytest.raises(UntrustedCertificate, match="address"):
        certificates(tmp_path, web).key(url)
    assert web.fetched == []


def test_chain_to_another_root_is_refused(tmp_path: Path, web: Web, trusted: Authority) -> None:
    other = root(3)  # by the same name, with another key
    web.pages[ADDRESS] = issue("sns", 1, other, names=NAMES).pem + other.pem
    with pytest.raises(UntrustedCertificate, match="chain"):
        certificates(tmp_path, web).key(ADDRESS)


def test_certificate_without_issuing_rights_issues_nothing(
    tmp_path: Path, web: Web, trusted: Authority
) -> None:
    stranger = issue("Someone", 2, trusted, names=("shop.example",))
    web.pages[ADDRESS] = issue("sns", 1, stranger, names=NAMES).pem + stranger.pem
    with pytest.raises(UntrustedCertificate, match="chain"):
        certificates(tmp_path, web).key(ADDRESS)


def test_self_signed_certificate_is_refused(tmp_path: Path, web: Web, trusted: Authority) -> None:
    web.pages[ADDRESS] = issue("sns", 1, names=NAMES, may_issue=True).pem
    with pytest.raises(UntrustedCertificate, match="chain"):
        certificates(tmp_path, web).key(ADDRESS)


@pytest.mark.parametrize("names", [(), ("shop.example",), ("sns.amazonaws.com.evil.example",)])
def test_certificate_of_another_subject_is_refused(
    tmp_path: Path, web: Web, trusted: Authority, names: tuple[str, ...]
) -> None:
    web.pages[ADDRESS] = issue("sns", 1, trusted, names=names).pem
    with pytest.raises(UntrustedCertificate, match="own"):
        certificates(tmp_path, web).key(ADDRESS)


def test_certificate_is_valid_between_its_dates_alone(tmp_path: Path, web: Web, trusted: Authority) -> None:
    web.pages[ADDRESS] = issue("sns", 1, trusted, names=NAMES, ends=timedelta(days=30)).pem
    times = [NOW]
    opened = Certificates(tmp_path / "roots.pem", fetch=web.fetch, now=lambda: times[-1])
    opened.key(ADDRESS)
    for other in (NOW + timedelta(days=31), NOW - timedelta(days=2)):
        times.append(other)
        with pytest.raises(UntrustedCertificate, match="valid"):
            opened.key(ADDRESS)


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nx\n"])
def test_invalid_certificate_is_refused(tmp_path: Path, web: Web, trusted: Authority, content: bytes) -> None:
    web.pages[ADDRESS] = content
    with pytest.raises(UntrustedCertificate):
        certificates(tmp_path, web).key(ADDRESS)


def test_missing_certificate_is_requested_again(tmp_path: Path, web: Web, trusted: Authority) -> None:
    opened = certificates(tmp_path, web)
    with pytest.raises(UntrustedCertificate, match="fetched"):
        opened.key(ADDRESS)
    web.pages[ADDRESS] = issue("sns", 1, trusted, names=NAMES).pem
    opened.key(ADDRESS)


def test_certificate_cache_is_bounded(tmp_path: Path, web: Web, trusted: Authority) -> None:
    opened, pem = certificates(tmp_path, web), issue("sns", 1, trusted, names=NAMES).pem
    for n in range(MOST + 3):
        url = ADDRESS.replace("7ff5", f"{n:04}")
        web.pages[url] = pem
        opened.key(url)
    assert len(opened._chains) == MOST


def test_file_without_certificates_is_reported(tmp_path: Path, web: Web) -> None:
    web.pages[ADDRESS] = issue("sns", 1, root(), names=NAMES).pem
    with pytest.raises(UntrustedCertificate, match=r"roots\.pem"):
        certificates(tmp_path, web).key(ADDRESS)


def test_fetch_of_an_unreachable_address_raises() -> None:
    with pytest.raises(OSError, match="refused"):
        fetch("http://127.0.0.1:9/SimpleNotificationService-1.pem")
