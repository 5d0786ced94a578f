from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.states.language.errors import EvaluationError
from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_text
from localcloud.states.running.batching import Batcher
from tests.states.running.fake_s3 import FakeS3, frame_over


def batches(
    definition: dict[str, Json], items: list[Json], data: Json = None, *, jsonata: bool = False
) -> list[tuple[Json, int]]:
    batcher = Batcher.read({"ItemBatcher": definition}, jsonata=jsonata)
    assert batcher is not None
    return list(batcher.batches(frame_over(FakeS3()), data, items))


def test_map_without_the_field_has_no_batcher() -> None:
    assert Batcher.read({"Type": "Map"}, jsonata=False) is None


def test_batches_hold_as_many_items_as_allowed() -> None:
    assert batches({"MaxItemsPerBatch": 2}, [1, 2, 3]) == [({"Items": [1, 2]}, 2), ({"Items": [3]}, 1)]


# localstack: test_base_scenarios.py::test_map_item_batching_base_json_max_per_batch_jsonata
def test_jsonata_computes_limits_and_the_shared_input() -> None:
    definition = {
        "MaxItemsPerBatch": "{% $states.input.most %}",
        "MaxInputBytesPerBatch": "{% $states.input.bytes %}",
        "BatchInput": {"Run": "{% $states.context.Execution.Name %}"},
    }
    result = batches(definition, [1, 2, 3], {"most": 2, "bytes": 150_000}, jsonata=True)
    shared = {"Run": "e1"}
    assert result == [({"BatchInput": shared, "Items": [1, 2]}, 2), ({"BatchInput": shared, "Items": [3]}, 1)]
    assert list(result[0][0]) == ["BatchInput", "Items"]


def test_paths_read_limits_and_the_shared_input() -> None:
    definition = {"MaxItemsPerBatchPath": "$.most", "BatchInput": {"run.$": "$$.Execution.Name"}}
    assert batches(definition, [1], {"most": 2}) == [({"BatchInput": {"run": "e1"}, "Items": [1]}, 1)]


@pytest.mark.parametrize(("size", "counts"), [(17, [2, 1]), (16, [1, 1, 1]), (21, [3])])
def test_batches_are_no_larger_than_allowed(size: int, counts: list[int]) -> None:
    # {"Items":[100,200,300]} takes 12 bytes around its items and commas.
    result = batches({"MaxInputBytesPerBatch": size + 2}, [100, 200, 300])
    assert [count for _, count in result] == counts


def test_batches_are_never_larger_than_an_input() -> None:
    result = batches({"MaxItemsPerBatch": 100}, ["x" * 100_000] * 5)
    assert [count for _, count in result] == [2, 2, 1]


def test_oversized_item_has_a_batch_of_its_own() -> None:
    assert [count for _, count in batches({"MaxInputBytesPerBatch": 20}, [1, "x" * 50, 2])] == [1, 1, 1]


@pytest.mark.parametrize("name", ["MaxItemsPerBatch", "MaxInputBytesPerBatch"])
def test_limit_that_is_not_positive_is_refused(name: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        batches({f"{name}Path": "$.most"}, [1], {"most": 0})
    assert caught.value.error == "States.Runtime"
    assert f"{name}Path" in str(caught.value.cause)


@given(st.lists(st.text(max_size=30)), st.integers(1, 5), st.integers(20, 120))
def test_batches_hold_each_item_once(items: list[Json], most: int, size: int) -> None:
    result = batches({"MaxItemsPerBatch": most, "MaxInputBytesPerBatch": size}, items)
    assert [item for batch, _ in result for item in batch["Items"]] == items
    for batch, count in result:
        assert count == len(batch["Items"]) <= most
        assert count == 1 or len(to_text(batch).encode()) <= size
