"""ItemBatcher: several items to a child execution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from localcloud.states.language.errors import EvaluationError
from localcloud.states.language.jsonata import compile_jsonata
from localcloud.states.language.scope import Evaluator, Json, Scope
from localcloud.states.language.templates import compile_template
from localcloud.states.language.text import to_text
from localcloud.states.running.fields import Field
from localcloud.states.running.frame import QUERY, RUNTIME, Frame
from localcloud.states.running.limits import LARGEST


class Batcher:
    """A compiled ItemBatcher.

    Parameters
    ----------
    definition
        The field's value.
    """

    def __init__(self, definition: dict[str, Json], *, jsonata: bool) -> None:
        self._items = Field.read(definition, "MaxItemsPerBatch", jsonata=jsonata, expects="integer")
        self._bytes = Field.read(definition, "MaxInputBytesPerBatch", jsonata=jsonata, expects="integer")
        self._input: Evaluator | None = None
        if "BatchInput" in definition:
            compile_input = compile_jsonata if jsonata else compile_template
            self._input = compile_input(definition["BatchInput"], field="BatchInput")

    @classmethod
    def read(cls, definition: dict[str, Json], *, jsonata: bool) -> Batcher | None:
        """Read a Map's ItemBatcher; None where it has none."""
        batcher = definition.get("ItemBatcher")
        return None if batcher is None else cls(batcher, jsonata=jsonata)

    def batches(self, frame: Frame, effective: Json, items: Iterable[Json]) -> Iterator[tuple[Json, int]]:
        """Yield each child's input and how many items it holds.

        An item that is too large for any batch is one of its own.

        Raises
        ------
        EvaluationError
            A field is of no use.
        """
        scope = frame.scope(effective)
        most = _positive(self._items, scope)
        # A child takes no larger input than any execution.
        largest = min(_positive(self._bytes, scope) or LARGEST, LARGEST)
        shared = {} if self._input is None else {"BatchInput": self._input(scope)}
        empty = len(to_text({**shared, "Items": []}).encode())
        batch: list[Json] = []
        size = empty
        for item in items:
            length = len(to_text(item).encode())
            # A comma stands before each item but the first.
            if batch and (len(batch) == most or size + 1 + length > largest):
                yield {**shared, "Items": batch}, len(batch)
                batch, size = [], empty
            size += length + (1 if batch else 0)
            batch.append(item)
        if batch:
            yield {**shared, "Items": batch}, len(batch)


def _positive(field: Field | None, scope: Scope) -> int | None:
    """Return a limit; None where there is none.

    Raises
    ------
    EvaluationError
        It is no positive integer.
    """
    if field is None:
        return None
    value = field.integer(scope)
    if value <= 0:
        error = QUERY if field.jsonata else RUNTIME
        raise EvaluationError(error, f"Value ({value}) for {field.name} must be positive", field.name)
    return value
