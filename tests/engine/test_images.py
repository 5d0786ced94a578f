"""What readers of streams see of an item is its JSON, whatever was written before it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localcloud.engine.bodies import look_at, take
from localcloud.engine.quick.images import image

VALUES = st.recursive(
    st.one_of(st.builds(lambda text: {"S": text}, st.text()), st.just({"NULL": True}), st.just({"N": "1.5"})),
    lambda inner: st.one_of(
        st.builds(lambda items: {"L": items}, st.lists(inner, max_size=3)),
        st.builds(lambda items: {"M": items}, st.dictionaries(st.text(), inner, max_size=3)),
    ),
    max_leaves=6,
)
RECORDS = st.dictionaries(st.text(), VALUES, max_size=4)


@given(st.lists(RECORDS, max_size=20))
def test_image_is_the_json_of_its_item(items: list[dict[str, Any]]) -> None:
    for item in [*items, *items]:
        assert json.loads(image(item)) == item
        # A copy may come to be where another item was.
        assert json.loads(image(dict(item))) == item


def test_more_items_than_are_remembered_have_their_images() -> None:
    assert [json.loads(image({"n": {"N": str(n)}}))["n"]["N"] for n in range(1000)] == [
        str(n) for n in range(1000)
    ]


@given(st.lists(st.tuples(st.booleans(), RECORDS), max_size=10))
def test_service_receives_its_own_body_whatever_was_looked_at_before(
    requests: list[tuple[bool, dict[str, Any]]],
) -> None:
    for looked_at, record in requests:
        body = json.dumps(record).encode()
        if looked_at:
            assert look_at(body) == record
        assert take(body) == record
        assert take(bytes(bytearray(body))) == record
