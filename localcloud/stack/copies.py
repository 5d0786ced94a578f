"""What stands for the objects that a template names in buckets, and what is missing, each in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from localcloud.stack.document import Json
from localcloud.stack.remote import GAP, RemoteObject
from localcloud.stack.template import resources


@dataclass(frozen=True)
class LocalCopy:
    """A local path that stands for an object, or nothing where a stand-in does."""

    logical_id: str
    pattern: str
    origin: str
    path: str

    @property
    def message(self) -> str:
        """A sentence that says what stands for the object."""
        bucket = self.origin.removeprefix("s3://").partition("/")[0]
        option = f"--bucket {'NAME' if '…' in bucket else bucket}=FOLDER"
        what = f"{self.logical_id}.{self.pattern}: "
        if self.path:
            return f"{what}{self.path} stands for {self.origin}"
        return (
            f"{what}{self.origin} is not on this machine: it is created as a stand-in, and its invocations "
            f"fail; put the file near the template, or give {option}"
        )


@dataclass(frozen=True)
class MissingObject:
    """An object that no local file stands for.

    Attributes
    ----------
    several
        The files that could be meant, where they differ.
    """

    logical_id: str
    pattern: str
    target: RemoteObject
    several: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """A sentence that says what is missing and what helps."""
        what = f"{self.logical_id}.{self.pattern}: {self.target} is not on this machine"
        bucket = "NAME" if GAP in self.target.bucket else self.target.bucket
        option = f"give --bucket {bucket}=FOLDER"
        name = self.target.key.rpartition("/")[2]
        if self.several:
            return f"{what}, and several files could be it ({', '.join(self.several)}): {option}"
        if GAP in name or not name:
            return f"{what}: {option}"
        return f"{what}, and no file {name} is near the template: put it there, or {option}"


def local_copies(template: dict[str, Json]) -> Iterator[LocalCopy]:
    """Yield what stands for an object in a template that was read with :func:`with_local_objects`."""
    for logical_id, resource in resources(template).items():
        match resource.get("Metadata"):
            case {"localcloud": {"objects": list(noted)}}:
                for entry in noted:
                    match entry:
                        case {"property": str(name), "object": str(origin), "path": str(path)}:
                            yield LocalCopy(logical_id, name, origin, path)


def note_copy(resource: dict[str, Json], copied: LocalCopy) -> None:
    """Keep beside the resource what stands for an object."""
    metadata = resource.setdefault("Metadata", {})
    if isinstance(metadata, dict):
        own = metadata.setdefault("localcloud", {})
        objects = own.setdefault("objects", []) if isinstance(own, dict) else None
        if isinstance(objects, list):
            objects.append({"property": copied.pattern, "object": copied.origin, "path": copied.path})
