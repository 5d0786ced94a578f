"""The service models that the prepared parent has parsed, for the sessions of each fork."""

from __future__ import annotations

import functools
from collections.abc import Hashable
from pathlib import Path

from botocore.loaders import JSONFileLoader, Loader

# Files that every client reads and none writes: all sessions of a fork share them.
COMMON = ("endpoints", "partitions", "sdk-default-configuration", "_retry")

Key = tuple[Hashable, ...]


class Documents:
    """What botocore's loaders have read, by their files.

    A service's model goes to the first session of a fork that reads it; the next one reads it from
    its file. So no two sessions have one in common, just as when each has read it for itself.
    """

    def __init__(self) -> None:
        self._names: dict[Key, list[str] | str] = {}
        self._common: dict[str, object] = {}
        self._once: dict[str, object] = {}

    def keep(self, loader: Loader) -> None:
        """Take over what a loader has read."""
        for key, value in _cache(loader).items():
            match key, value:
                case ("load_data_with_path", name), (document, str(path)):
                    (self._common if name in COMMON else self._once)[path] = document
                case ("list_available_services" | "list_api_versions" | "determine_latest_version", *_), (
                    list() | str() as names
                ):
                    self._names[key] = names

    def serve(self) -> None:
        """Have every loader that is created from now on find what is kept."""
        take, names = self._take, self._names
        create = Loader.__init__
        usual = [Loader.CUSTOMER_DATA_PATH, Loader.BUILTIN_DATA_PATH]

        class PreparedFiles(JSONFileLoader):
            def load_file(self, file_path: str) -> object:
                document = take(file_path)
                return super().load_file(file_path) if document is None else document

        @functools.wraps(create)
        def created(loader: Loader, *args: object, **kwargs: object) -> None:
            create(loader, *args, **kwargs)  # type: ignore[arg-type]
            # With another path to look in (`AWS_DATA_PATH`), it has to look.
            if loader.search_paths == usual and not Path(Loader.CUSTOMER_DATA_PATH).is_dir():
                for key, value in names.items():
                    _cache(loader)[key] = list(value) if isinstance(value, list) else value

        Loader.FILE_LOADER_CLASS = PreparedFiles
        Loader.__init__ = created  # type: ignore[method-assign, assignment]

    def _take(self, path: str) -> object:
        return self._common.get(path) or self._once.pop(path, None)


def _cache(loader: Loader) -> dict[Key, object]:
    cache: dict[Key, object] = vars(loader)["_cache"]
    return cache
