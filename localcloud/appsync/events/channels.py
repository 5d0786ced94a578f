"""Channels: the paths that events are published to, and the patterns that subscribe to them.

A path has one to five segments, each of 1 to 50 letters, digits and dashes that neither begins nor ends with
a dash; a slash in front or behind changes nothing. The first segment names the namespace. A subscription may
end in ``*``, which stands for everything beneath: ``/default/*`` gets what is published to ``/default/a/b``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_SEGMENTS: Final = 5
WILDCARD: Final = "*"
_SEGMENT: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,48}[A-Za-z0-9])?")


class ChannelInvalid(Exception):
    """Text that is no channel; AWS says no more than that."""

    message = "Invalid Channel Format"


@dataclass(frozen=True)
class Channel:
    """A channel, or with a last segment ``*`` a pattern of channels."""

    segments: tuple[str, ...]

    @property
    def namespace(self) -> str:
        """Return the name of the namespace that it belongs to."""
        return self.segments[0]

    @property
    def path(self) -> str:
        """Return the path as handlers see it, with its leading slash."""
        return "/" + "/".join(self.segments)

    def patterns(self) -> list[str]:
        """Return the paths of the subscriptions that get what is published here: its own, and the wild.

        Examples
        --------
        >>> parse_channel("/default/a/b").patterns()
        ['/default/a/b', '/default/a/*', '/default/*']
        """
        wild = ["/" + "/".join((*self.segments[:n], WILDCARD)) for n in range(len(self.segments) - 1, 0, -1)]
        return [self.path, *wild]


def parse_channel(text: str, *, wild: bool = False) -> Channel:
    """Return the channel that a client names.

    Parameters
    ----------
    wild
        Take a last segment ``*`` as well.

    Raises
    ------
    ChannelInvalid
        When it is none.

    Examples
    --------
    >>> parse_channel("default/messages").path
    '/default/messages'
    """
    segments = text.removeprefix("/").removesuffix("/").split("/")
    names = segments[:-1] if wild and segments[-1] == WILDCARD and len(segments) > 1 else segments
    if len(segments) > MAX_SEGMENTS or not all(_SEGMENT.fullmatch(name) for name in names):
        raise ChannelInvalid
    return Channel(tuple(segments))
