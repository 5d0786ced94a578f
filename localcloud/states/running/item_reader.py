"""ItemReader: where a distributed Map takes its items from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from localcloud.states.language.jsonata import compile_jsonata
from localcloud.states.language.scope import Evaluator, Json
from localcloud.states.language.templates import compile_template
from localcloud.states.running.fields import Field
from localcloud.states.running.frame import Frame
from localcloud.states.running.objects import Objects
from localcloud.states.running.reading.dataset import Dataset
from localcloud.states.running.reading.failure import READER_FAILED, Unreadable
from localcloud.states.running.reading.items import Items, address

# AWS reads no items beyond these.
MOST_ITEMS: Final = 100_000_000


class ItemReader:
    """A compiled ItemReader.

    ItemsPath has no say where there is one: AWS takes the items as they are read.

    Parameters
    ----------
    definition
        The field's value.
    """

    def __init__(self, definition: dict[str, Json], *, jsonata: bool) -> None:
        config: dict[str, Json] = definition.get("ReaderConfig") or {}
        self._lists = str(definition["Resource"]).rpartition(":")[2] == "listObjectsV2"
        self._loads = config.get("Transformation") == "LOAD_AND_FLATTEN"
        self._dataset = Dataset.read(config)
        self._limit = Field.read(config, "MaxItems", jsonata=jsonata, expects="integer")
        field = "Arguments" if jsonata else "Parameters"
        template = definition.get(field, {})
        self._arguments: Evaluator = (
            compile_jsonata(template, field=field) if jsonata else compile_template(template, field=field)
        )

    @classmethod
    def read(cls, definition: dict[str, Json], *, jsonata: bool) -> ItemReader | None:
        """Read a Map's ItemReader; None where it has none."""
        reader = definition.get("ItemReader")
        return None if reader is None else cls(reader, jsonata=jsonata)

    async def items(self, frame: Frame, effective: Json) -> list[Json]:
        """Read the items.

        Raises
        ------
        StatesError
            They cannot be read.
        """
        return (await self.source(frame, effective).read()).values

    def source(self, frame: Frame, effective: Json) -> ItemSource:
        """Evaluate the fields: what AWS does before it starts the map run.

        Raises
        ------
        EvaluationError
            One of them is of no use.
        """
        scope = frame.scope(effective)
        limit = None if self._limit is None else self._limit.integer(scope)
        objects = Objects(frame.execution.host.transport, READER_FAILED)
        return ItemSource(objects, self._dataset, self._arguments(scope), limit, self._lists, self._loads)


@dataclass(frozen=True)
class ItemSource:
    """An evaluated ItemReader.

    Attributes
    ----------
    limit
        MaxItems; 0 and None stand for all.
    lists
        Whether the items are what a bucket lists.
    loads
        Whether they are the items of the objects that it lists.
    """

    objects: Objects
    dataset: Dataset
    arguments: Json
    limit: int | None
    lists: bool
    loads: bool

    async def read(self) -> Items:
        """Read the items.

        Raises
        ------
        StatesError
            They cannot be read.
        """
        if self.limit is not None and self.limit < 0:
            raise Unreadable("field MaxItems must be positive")
        most = min(self.limit or MOST_ITEMS, MOST_ITEMS)
        bucket = self._argument("Bucket")
        items = Items()
        if self.lists:
            await self._list(items, bucket, most)
        else:
            await self.dataset.collect(items, bucket, self._argument("Key"), self._fetch, most)
        return items

    async def _list(self, items: Items, bucket: str, most: int) -> None:
        """Read what the bucket lists, or the items of the objects that it lists."""
        async for page in self.objects.list(self.arguments, self._owner):
            remaining = most - len(items.values)
            if self.loads:
                # What consoles create as folders holds nothing.
                await self._load(items, bucket, [entry["Key"] for entry in page if entry["Size"]], most)
            else:
                items.add(address(bucket), page[:remaining])
            if len(items.values) >= most:
                return

    async def _load(self, items: Items, bucket: str, keys: list[str], most: int) -> None:
        for key in keys:
            if len(items.values) >= most:
                return
            await self.dataset.collect(items, bucket, key, self._fetch, most)

    async def _fetch(self, bucket: str, key: str) -> bytes:
        """Return an object's content; the version is that of the object which the field names."""
        explicit = key == self.arguments.get("Key")
        version = self.arguments.get("VersionId") if explicit else None
        return await self.objects.read(bucket, key, version, self._owner)

    @property
    def _owner(self) -> str | None:
        owner = self.arguments.get("ExpectedBucketOwner")
        return None if owner is None else str(owner)

    def _argument(self, name: str) -> str:
        value = self.arguments.get(name) if isinstance(self.arguments, dict) else None
        if not isinstance(value, str) or not value:
            raise Unreadable(f"The argument '{name}' of the ItemReader must be a non-empty string.")
        return value
