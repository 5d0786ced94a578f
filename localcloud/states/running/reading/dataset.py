"""Data sets: the items of one object, or of the objects that a manifest lists."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.running.reading.content import text_of
from localcloud.states.running.reading.delimited import Delimited
from localcloud.states.running.reading.documents import json_items, line_items
from localcloud.states.running.reading.failure import Unreadable
from localcloud.states.running.reading.items import Items, address

# What takes longer to parse goes to a thread: other executions go on meanwhile.
LARGE: Final = 1 << 20
# Reads an object, given its bucket and its key.
Fetch = Callable[[str, str], Awaitable[bytes]]


@dataclass(frozen=True)
class Dataset:
    """How the items of objects are to be read.

    Attributes
    ----------
    kind
        ReaderConfig's InputType.
    manifest
        Its ManifestType; None where the object holds the items itself.
    pointer
        Its ItemsPointer.
    """

    kind: str
    manifest: str | None
    pointer: str
    delimited: Delimited

    @classmethod
    def read(cls, config: dict[str, Json]) -> Dataset:
        """Read a ReaderConfig."""
        kind = config.get("InputType", "JSON")
        manifest = config.get("ManifestType", "S3_INVENTORY" if kind == "MANIFEST" else None)
        return cls(kind, manifest, config.get("ItemsPointer", ""), Delimited.read(config))

    async def collect(self, items: Items, bucket: str, key: str, fetch: Fetch, most: int) -> None:
        """Read the items of an object, or of those that it lists, until there are ``most``.

        Raises
        ------
        StatesError
            They cannot be read.
        """
        content = await fetch(bucket, key)
        if self.manifest is None:
            remaining = most - len(items.values)
            if len(content) > LARGE:
                values = await asyncio.to_thread(self.parsed, content, remaining)
            else:
                values = self.parsed(content, remaining)
            items.add(address(bucket, key), values)
            return
        inventory = self.manifest == "S3_INVENTORY"
        files, dataset = self._inventory(bucket, content) if inventory else self._athena(content)
        for place in files:
            if len(items.values) >= most:
                break
            await dataset.collect(items, *place, fetch, most)

    def parsed(self, content: bytes, most: int | None) -> list[Json]:
        """Return the items that an object holds.

        Raises
        ------
        Unreadable
            They cannot be read.
        """
        match self.kind:
            case "JSON":
                return json_items(text_of(content), self.pointer, most)
            case "JSONL":
                return line_items(text_of(content), most)
            case "CSV":
                return self.delimited.items(text_of(content), most)
        raise Unreadable(f"The local cloud does not read files of the InputType {self.kind}.")

    def _inventory(self, bucket: str, content: bytes) -> tuple[list[tuple[str, str]], Dataset]:
        """Return the files of an S3 inventory, which lie beside its manifest, and how to read them."""
        try:
            manifest = json.loads(text_of(content))
            keys = [file["key"] for file in manifest["files"]]
            schema, form = manifest["fileSchema"], manifest.get("fileFormat", "CSV")
        except (ValueError, LookupError, TypeError):
            raise Unreadable("The manifest is not that of an S3 inventory.") from None
        if form != "CSV":
            raise Unreadable(f"The files of an S3 inventory must be CSV, but were: {form}.")
        headers = self.delimited.headers or tuple(name.strip() for name in schema.split(","))
        rows = Delimited(headers, self.delimited.delimiter)
        return [(bucket, key) for key in keys], Dataset("CSV", None, "", rows)

    def _athena(self, content: bytes) -> tuple[list[tuple[str, str]], Dataset]:
        """Return the files that UNLOAD of Athena wrote: the manifest has an address on each line."""
        files = []
        for record in Delimited().records(text_of(content)):
            scheme, _, rest = record[0].strip().partition("://")
            bucket, _, key = rest.partition("/")
            if scheme.lower() != "s3" or not key:
                raise Unreadable("The manifest is not that of an Athena query.")
            files.append((bucket, key))
        return files, Dataset(self.kind, None, self.pointer, self.delimited)
