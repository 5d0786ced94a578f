"""What the model knows of each channel: one file each, found by being here."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Sequence

from compare.model.channels.base import ChannelModel

__all__ = ["ChannelModel", "chosen", "discover"]

# As compare.channels shows them; what is new to it goes to the end.
_ORDER = (
    "appsync", "events", "websocket", "graphql-ws", "iot", "webhook", "sse",
    "poll-fixed", "poll-backoff", "longpoll", "synchronous",
)  # fmt: skip


def discover() -> list[ChannelModel]:
    """Return the models of all files in this folder, in the order in which they are shown."""
    models = []
    for module in pkgutil.iter_modules(__path__):
        contents = vars(importlib.import_module(f"{__name__}.{module.name}")).values()
        models += [
            kind()
            for kind in contents
            if isinstance(kind, type)
            and issubclass(kind, ChannelModel)
            and kind.__module__.startswith(f"{__name__}.")
            and not inspect.isabstract(kind)
            and hasattr(kind, "name")
        ]
    return sorted(models, key=_place)


def _place(model: ChannelModel) -> tuple[int, str]:
    return (_ORDER.index(model.name) if model.name in _ORDER else len(_ORDER), model.name)


def chosen(names: Sequence[str] | None) -> list[ChannelModel]:
    """Return the models of these names; all when there are no names.

    Raises
    ------
    ValueError
        There is none of that name, or no name at all.
    """
    models = discover()
    there = [model.name for model in models]
    if names is not None and not names:
        raise ValueError(f"name at least one of {', '.join(there)}")
    unknown = [name for name in names or () if name not in there]
    if unknown:
        raise ValueError(f"no channel is called {unknown[0]!r}; there are {', '.join(there)}")
    return [model for model in models if names is None or model.name in names]
