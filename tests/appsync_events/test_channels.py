"""The grammar of channels, and which subscriptions get what is published to one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.events.channels import Channel, ChannelInvalid, parse_channel

ALPHABET = "abcXYZ019"
SEGMENTS = st.one_of(
    st.text(ALPHABET, min_size=1, max_size=3),
    st.builds("{}-{}".format, st.text(ALPHABET, min_size=1, max_size=3), st.text(ALPHABET, min_size=1)),
)
CHANNELS = st.lists(SEGMENTS, min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("default", "/default"),
        ("/default", "/default"),
        ("/default/", "/default"),
        ("default/messages", "/default/messages"),
        ("/a/b/c/d/e", "/a/b/c/d/e"),
        ("/A-1/" + "x" * 50, "/A-1/" + "x" * 50),
        ("/a/b--c", "/a/b--c"),
    ],
)
def test_channel_path_is_parsed(text: str, path: str) -> None:
    assert parse_channel(text).path == path
    assert parse_channel(text, wild=True).path == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "//",
        "/a//b",
        "//a",
        "/a/b/c/d/e/f",
        "/" + "x" * 51,
        "/-a",
        "/a-",
        "/a/-",
        "/a b",
        "/ä",
        "/a_b",
    ]
    + ["/a.b", "/*/a", "/a/*/b", "/a/b*", "/a/**", "*", "/*", "/a/b/c/d/e/*", "a\n", "/a/\0"],
)
def test_invalid_channel_is_refused(text: str) -> None:
    for wild in (False, True):
        with pytest.raises(ChannelInvalid):
            parse_channel(text, wild=wild)


def test_wildcard_is_accepted_for_subscriptions_alone() -> None:
    assert parse_channel("default/a/*", wild=True) == Channel(("default", "a", "*"))
    with pytest.raises(ChannelInvalid):
        parse_channel("default/a/*")


@given(CHANNELS)
def test_channel_ignores_leading_and_trailing_slashes(segments: list[str]) -> None:
    text = "/".join(segments)
    same = {parse_channel(spelling) for spelling in (text, f"/{text}", f"{text}/", f"/{text}/")}
    assert same == {Channel(tuple(segments))}


@given(CHANNELS, CHANNELS)
def test_wildcard_matches_every_channel_below(published: list[str], subscribed: list[str]) -> None:
    paths = parse_channel("/".join(published)).patterns()
    if len(subscribed) < 5:
        pattern = parse_channel("/".join([*subscribed, "*"]), wild=True)
        beneath = len(published) > len(subscribed) and published[: len(subscribed)] == subscribed
        assert (pattern.path in paths) is beneath
    assert (parse_channel("/".join(subscribed)).path in paths) is (subscribed == published)


@given(st.text() | st.lists(st.text(max_size=4) | SEGMENTS | st.just("*"), max_size=7).map("/".join))
def test_any_text_is_a_channel_or_refused(text: str) -> None:
    for wild in (False, True):
        try:
            channel = parse_channel(text, wild=wild)
        except ChannelInvalid:
            continue
        assert 1 <= len(channel.segments) <= 5
        assert all(1 <= len(segment) <= 50 for segment in channel.segments)
        assert parse_channel(channel.path, wild=wild) == channel
