"""Items as JSON text, written once: an item is its table's, and then the image of two stream records."""

from __future__ import annotations

from localcloud.engine.mends.patching import Record
from localcloud.journal import text

# An item's next change comes soon or not for long.
LATEST = 2048
IMAGES = ("OldImage", "NewImage")


class Texts:
    """The texts of the items that were written last.

    Examples
    --------
    >>> texts, item = Texts(), {"pk": {"S": "a"}}
    >>> texts.item(item)
    '{"pk":{"S":"a"}}'
    >>> texts.record({"eventID": "1", "dynamodb": {"SizeBytes": 3, "NewImage": item}})
    '{"eventID":"1","dynamodb":{"SizeBytes":3,"NewImage":{"pk":{"S":"a"}}}}'
    """

    def __init__(self) -> None:
        # The item is held with its text: its number is nobody else's. Items are replaced, not changed.
        self._held: dict[int, tuple[Record, str]] = {}

    def item(self, item: Record) -> str:
        """Return an item's text."""
        held = self._held.get(id(item))
        if held is not None:
            return held[1]
        written = text(item)
        self._held[id(item)] = (item, written)
        if len(self._held) > LATEST:
            del self._held[next(iter(self._held))]
        return written

    def record(self, record: Record) -> str:
        """Return a stream record's text; its last member is the change."""
        change = record["dynamodb"]
        images = [name for name in IMAGES if name in change]
        head = text({name: part for name, part in record.items() if name != "dynamodb"})
        rest = text({name: part for name, part in change.items() if name not in IMAGES})
        written = "".join(f',"{name}":{self.item(change[name])}' for name in images)
        return f'{head[:-1]},"dynamodb":{rest[:-1]}{written}}}}}'
