"""Items as JSON text, written once: an item is its table's, and then the image of two stream records."""

from __future__ import annotations

from localcloud.engine.patching import Record
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
        # The item is kept with its text, so its number is unique. Items are replaced, not changed.
        self._cached: dict[int, tuple[Record, str]] = {}

    def item(self, item: Record) -> str:
        """Return an item's text."""
        cached = self._cached.get(id(item))
        if cached is not None:
            return cached[1]
        written = text(item)
        self._cached[id(item)] = (item, written)
        if len(self._cached) > LATEST:
            del self._cached[next(iter(self._cached))]
        return written

    def record(self, record: Record) -> str:
        """Return a stream record's text; its last member is the change."""
        change = record["dynamodb"]
        images = [name for name in IMAGES if name in change]
        head = text({name: part for name, part in record.items() if name != "dynamodb"})
        rest = text({name: part for name, part in change.items() if name not in IMAGES})
        written = "".join(f',"{name}":{self.item(change[name])}' for name in images)
        return f'{head[:-1]},"dynamodb":{rest[:-1]}{written}}}}}'
