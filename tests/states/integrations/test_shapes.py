"""Spellings there and back."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.integrations.models import operation_model
from localcloud.states.integrations.naming import exception, member, pascal
from localcloud.states.integrations.shapes import ArgumentReading, result_of

LEAVES = st.one_of(
    st.fixed_dictionaries({"S": st.text()}),
    st.fixed_dictionaries({"N": st.integers().map(str)}),
    st.fixed_dictionaries({"BOOL": st.booleans()}),
    st.just({"NULL": True}),
    st.fixed_dictionaries({"SS": st.lists(st.text(), min_size=1)}),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(st.text(), inner, max_size=3)}),
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=3))
def test_item_that_was_read_can_be_written(item: dict[str, Any]) -> None:
    output = operation_model("dynamodb", "GetItem").output_shape
    entry = operation_model("dynamodb", "PutItem").input_shape
    assert output is not None
    assert entry is not None
    reading = ArgumentReading()
    assert reading.structure(entry, result_of(output, {"Item": item})) == {"Item": item}
    assert reading.faults == []


@given(st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,20}", fullmatch=True))
def test_sdk_members_are_capitalised(name: str) -> None:
    assert pascal(name).lower() == name.lower()
    assert pascal(name)[0].isupper()
    assert exception(f"{name}Exception") == exception(name)


def test_every_member_of_an_item_has_a_spelling_of_its_own() -> None:
    shape = operation_model("dynamodb", "PutItem").input_shape
    assert shape is not None
    value = shape.members["Item"].value  # type: ignore[attr-defined]
    spellings = {member(name) for name in value.members}
    assert spellings == {"S", "N", "B", "Ss", "Ns", "Bs", "M", "L", "Nul", "Bool"}


def test_common_services_need_no_botocore() -> None:
    program = """
import asyncio, sys
from localcloud.states.integrations import TaskReply, call, integration
class Transport:
    async def send(self, *names, **request):
        return TaskReply(200, {}, b"{}")
for resource in ("dynamodb:getItem", "sqs:sendMessage", "events:putEvents"):
    arguments = {"dynamodb": {"TableName": "t", "Key": {}}, "sqs": {"QueueUrl": "h://q", "MessageBody": ""}}
    entry = integration(f"arn:aws:states:::{resource}")
    asyncio.run(call(entry, arguments.get(entry.service, {"Entries": []}), Transport()))
print("botocore" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
