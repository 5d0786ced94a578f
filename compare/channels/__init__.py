"""The channels: one file each, found by being here.

A file that holds a ``Channel`` is a channel. To add one, put its file beside these; the runner, the bill,
the table and the page take it from there (docs/channels.md).
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Sequence

from compare.channels.base import Channel

__all__ = ["Channel", "chosen", "discover"]


def discover() -> list[type[Channel]]:
    """Return the channels of all files in this folder, in the order in which they want to be shown."""
    channels: set[type[Channel]] = set()
    for module in pkgutil.iter_modules(__path__):
        contents = vars(importlib.import_module(f"{__name__}.{module.name}")).values()
        channels |= {
            value
            for value in contents
            if isinstance(value, type) and issubclass(value, Channel) and not inspect.isabstract(value)
        }
    return sorted(channels, key=lambda channel: (channel.place, channel.name))


def chosen(names: Sequence[str] | None, channels: Sequence[type[Channel]]) -> list[type[Channel]]:
    """Return the channels of these names in their own order; all when there are no names.

    Raises
    ------
    ValueError
        There is none of that name, or no name at all.
    """
    available = [channel.name for channel in channels]
    if names is not None and not names:
        raise ValueError(f"name at least one of {', '.join(available)}")
    unknown = [name for name in names or () if name not in available]
    if unknown:
        raise ValueError(f"no channel is called {unknown[0]!r}; there are {', '.join(available)}")
    return [channel for channel in channels if names is None or channel.name in names]
