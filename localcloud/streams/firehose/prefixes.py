"""``Prefix`` and ``ErrorOutputPrefix``: text with expressions, evaluated for each object.

AWS's rules are in "Understand custom prefixes for Amazon S3 objects".
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from localcloud.streams.firehose.dates import compile_date
from localcloud.streams.firehose.errors import InvalidArgument

_EXPRESSION: Final = re.compile(r"!\{([^{}:]*):([^{}]*)\}")
_DEFAULT_TIME: Final = "yyyy/MM/dd/HH/"
_ALPHABET: Final = string.ascii_letters + string.digits
QUERY: Final = "partitionKeyFromQuery"
LAMBDA: Final = "partitionKeyFromLambda"


@dataclass(frozen=True)
class Moment:
    """What expressions are evaluated with.

    Attributes
    ----------
    arrived
        When the oldest record of the object arrived, in seconds since 1970.
    query, function
        Partition keys by their names.
    error
        The kind of error; empty for data.
    """

    arrived: float
    query: Mapping[str, str]
    function: Mapping[str, str]
    error: str = ""


@dataclass(frozen=True)
class Prefix:
    """A prefix that has been read.

    Attributes
    ----------
    expressions
        The namespaces and names in it, in order.
    """

    source: str
    expressions: tuple[tuple[str, str], ...]
    _parts: tuple[Callable[[datetime, Moment], str], ...]
    _zone: tzinfo

    def write(self, moment: Moment) -> str:
        """Return the prefix of an object.

        Raises
        ------
        KeyError
            A partition key has no value.
        """
        at = datetime.fromtimestamp(moment.arrived, self._zone)
        return "".join(part(at, moment) for part in self._parts)

    def names(self, namespace: str) -> frozenset[str]:
        """Return the names that it uses of a namespace."""
        return frozenset(name for space, name in self.expressions if space == namespace)


def parse_prefix(text: str, zone: tzinfo, *, error: bool = False) -> Prefix:
    """Read a prefix.

    Parameters
    ----------
    error
        Whether it is ``ErrorOutputPrefix``.

    Raises
    ------
    InvalidArgument

    Examples
    --------
    >>> from datetime import timezone
    >>> prefix = parse_prefix("year=!{timestamp:yyyy}/shop=!{partitionKeyFromQuery:shop}/", timezone.utc)
    >>> prefix.write(Moment(0.0, {"shop": "7"}, {}))
    'year=1970/shop=7/'
    >>> parse_prefix("orders/", timezone.utc).write(Moment(0.0, {}, {}))
    'orders/1970/01/01/00/'
    """
    name = "ErrorOutputPrefix" if error else "Prefix"
    if "!{" in _EXPRESSION.sub("", text):
        raise InvalidArgument(f"{name} contains an expression that is not of the form !{{namespace:value}}")
    parts: list[Callable[[datetime, Moment], str]] = []
    expressions: list[tuple[str, str]] = []
    end = 0
    for match in _EXPRESSION.finditer(text):
        parts.append(_constant(text[end : match.start()]))
        parts.append(_evaluator(name, match[1], match[2]))
        expressions.append((match[1], match[2]))
        end = match.end()
    parts.append(_constant(text[end:]))
    if error and not expressions:
        parts.append(lambda _at, moment: f"{moment.error}/")
    if not expressions:
        write = compile_date(_DEFAULT_TIME)
        parts.append(lambda at, _moment: write(at))
    return Prefix(text, tuple(expressions), tuple(parts), zone)


def check_prefixes(prefix: Prefix, error: Prefix | None) -> None:
    """Refuse what AWS refuses of the two together.

    Raises
    ------
    InvalidArgument
    """
    if "error-output-type" in prefix.names("firehose"):
        raise InvalidArgument("Prefix cannot contain !{firehose:error-output-type}")
    if error is None:
        if prefix.expressions:
            raise InvalidArgument(
                "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"
            )
        return
    if (prefix.expressions or error.expressions) and "error-output-type" not in error.names("firehose"):
        raise InvalidArgument(
            "ErrorOutputPrefix must contain at least one instance of !{firehose:error-output-type}"
        )
    if error.names(QUERY) or error.names(LAMBDA):
        raise InvalidArgument("ErrorOutputPrefix cannot contain expressions of partition keys")


def _evaluator(name: str, namespace: str, value: str) -> Callable[[datetime, Moment], str]:
    match namespace, value:
        case "timestamp", pattern:
            write = compile_date(pattern)
            return lambda at, _moment: write(at)
        case "firehose", "error-output-type":
            return lambda _at, moment: moment.error
        case "firehose", "random-string":
            return lambda _at, _moment: "".join(secrets.choice(_ALPHABET) for _ in range(11))
        case "partitionKeyFromQuery", key if key:
            return lambda _at, moment: moment.query[key]
        case "partitionKeyFromLambda", key if key:
            return lambda _at, moment: moment.function[key]
    raise InvalidArgument(f"{name} contains the unknown expression !{{{namespace}:{value}}}")


def _constant(text: str) -> Callable[[datetime, Moment], str]:
    return lambda _at, _moment: text
