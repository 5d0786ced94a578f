"""Which addresses are sent to: none inside a network, in whatever form it is written."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.errors import InvalidWebhook
from orders.webhooks.addresses import AddressRule, is_public

INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "no address",
    "",
]


@pytest.mark.parametrize("address", INSIDE)
def test_private_address_is_refused(address: str) -> None:
    assert not is_public(address)
    rule = AddressRule(resolve=lambda host, port: ["8.8.8.8", address])
    with pytest.raises(InvalidWebhook) as error:
        rule.check("https://shop.example/in", "url")
    assert error.value.code == "PRIVATE_ADDRESS"
    assert address == "" or address not in str(error.value)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_public_address_is_accepted(address: str) -> None:
    assert is_public(address)
    rule = AddressRule(resolve=lambda host, port: [address])
    assert rule.check("https://shop.example:8443/in?a=1", "url") == address


@given(st.ip_addresses(v=4))
def test_ipv4_address_is_treated_alike_within_ipv6(address: ipaddress.IPv4Address) -> None:
    assert is_public(f"::ffff:{address}") == is_public(str(address))
    if not is_public(str(address)):
        assert not is_public(
            str(ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + int(address)))
        )


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "NOT_A_URL"),
        ("shop.example", "NOT_A_URL"),
        ("https://", "NOT_A_URL"),
        ("https:///in", "NOT_A_URL"),
        ("https://shop.example:99999/", "NOT_A_URL"),
        ("https://shop.example:0/", "NOT_A_URL"),
        ("https://[::1", "NOT_A_URL"),
        ("https://user@shop.example/", "NOT_A_URL"),
        ("https://shop.example/#part", "NOT_A_URL"),
        ("https://shop.example/a b", "NOT_A_URL"),
        ("https://shop.example\\@127.0.0.1/", "NOT_A_URL"),
        ("https://shöp.example/", "NOT_A_URL"),
        ("https://shop.example/\n", "NOT_A_URL"),
        ("https://shop!.example/", "NOT_A_URL"),
        ("ftp://shop.example/", "NOT_HTTPS"),
        ("http://shop.example/", "NOT_HTTPS"),
        (f"https://shop.example/{'a' * 512}", "TOO_LONG"),
    ],
)
def test_invalid_webhook_url_is_refused(url: str, code: str) -> None:
    with pytest.raises(InvalidWebhook) as error:
        AddressRule(resolve=lambda host, port: ["8.8.8.8"]).check(url, "input.url")
    assert error.value.info == {"path": "input.url", "code": code}


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "127.1", "[::1]", "localhost"])
def test_loopback_is_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(InvalidWebhook) as error:
        AddressRule().check(f"https://{host}/in", "url")
    assert error.value.code in {"PRIVATE_ADDRESS", "UNRESOLVED"}


def test_unresolvable_name_is_refused() -> None:
    def nothing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(InvalidWebhook) as error:
        AddressRule(resolve=nothing).check("https://nowhere.example/", "url")
    assert error.value.code == "UNRESOLVED"


def test_local_configuration_allows_loopback_and_http() -> None:
    assert AddressRule(allow_private=True).check("http://127.0.0.1:8765/in", "url") == "127.0.0.1"


@given(st.text(max_size=60))
def test_any_url_is_accepted_or_refused_with_a_code(text: str) -> None:
    rule = AddressRule(resolve=lambda host, port: ["8.8.8.8"])
    for url in (text, f"https://{text}", f"https://shop.example/{text}"):
        try:
            rule.check(url, "url")
        except InvalidWebhook as error:
            assert error.code in {"NOT_A_URL", "TOO_LONG", "NOT_HTTPS"}
