"""The service models that the prepared parent has parsed, for the first session of each fork."""

from __future__ import annotations

import functools
from collections.abc import Hashable
from pathlib import Path

from botocore.loaders import Loader

# Files that every client reads, and nobody writes to: a fork's later sessions share them.
COMMON = ("endpoints", "partitions", "sdk-default-configuration", "_retry")

Key = tuple[Hashable, ...]


class Documents:
    """What botocore's loaders keep by themselves for one session, kept for a fork's.

    A fork's sessions get what lists and names services, and the files above. A service's model goes
    to the first session that there is, which is the only one in most functions: no two sessions
    have one in common, just as when each has read it for itself. A session that is told of another
    path to look in (``AWS_DATA_PATH``, or a folder ``~/.aws/models``) reads everything itself.
    """

    def __init__(self) -> None:
        self._shared: dict[Key, object] = {}
        self._once: dict[Key, object] = {}

    def keep(self, loader: Loader) -> None:
        """Take over what a loader has read."""
        for key, value in _cache(loader).items():
            common = key[0] in ("list_available_services", "list_api_versions", "determine_latest_version")
            if common or (key[0] == "load_data_with_path" and key[1] in COMMON):
                self._shared[key] = value
            else:
                self._once[key] = value

    def serve_new_loaders(self) -> None:
        """Have every loader that is created from now on begin with what is kept."""
        create = Loader.__init__
        usual = [Loader.CUSTOMER_DATA_PATH, Loader.BUILTIN_DATA_PATH]

        @functools.wraps(create)
        def created(loader: Loader, *args: object, **kwargs: object) -> None:
            create(loader, *args, **kwargs)  # type: ignore[arg-type]
            if loader.search_paths == usual and not Path(Loader.CUSTOMER_DATA_PATH).is_dir():
                _cache(loader).update({key: _own(value) for key, value in self._shared.items()})
                _cache(loader).update(self._once)
                self._once = {}

        Loader.__init__ = created  # type: ignore[method-assign, assignment]


def _cache(loader: Loader) -> dict[Key, object]:
    cache: dict[Key, object] = vars(loader)["_cache"]
    return cache


def _own(value: object) -> object:
    return list(value) if isinstance(value, list) else value
