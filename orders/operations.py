"""GraphQL subscriptions without AppSync: what is kept of one, and how fan-out shapes its events.

A client subscribes with a document. The companion executes it once, by the contract's schema, on an
event that stands for any; what is kept is the flat projection that came of it. So fan-out needs no
GraphQL: it takes the six fields of a change, and gives them the names that the client asked for.

::

    connection_init --> Operations.welcome
    subscribe       --> Operations.claim, subscribe          (``chalicelib.graphql.subscriptions``)
    fan-out         --> Projection.shape
    complete        --> Operations.remove
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from orders.caller import Caller
from orders.model import OrderId
from orders.views import ChangeView

INIT_LIFE = timedelta(seconds=60)
"""How long a connection may be open before it says whose it is."""

MOST_OPERATIONS = 100
"""Subscriptions that one connection may have at once."""

TYPENAME: Final = "__typename"
TYPE: Final = "OrderStatusChange"


@dataclass(frozen=True, slots=True)
class Projection:
    """How the change of an order becomes the ``data`` of one subscription.

    Attributes
    ----------
    key : str
        The response key of the subscription's one root field.
    fields : tuple of (str, str)
        Response key and field of each thing that was selected; `TYPENAME` is the type's name.

    Examples
    --------
    >>> Projection("mine", (("v", "version"), ("__typename", "__typename"))).shape({"version": 3})
    {'mine': {'v': 3, '__typename': 'OrderStatusChange'}}
    """

    key: str
    fields: tuple[tuple[str, str], ...]

    def shape(self, change: ChangeView) -> dict[str, dict[str, object]]:
        """Return the ``data`` of one event."""
        values: Mapping[str, object] = {TYPENAME: TYPE, **change}
        return {self.key: {name: values[field] for name, field in self.fields}}


@dataclass(frozen=True, slots=True)
class Operation:
    """One subscription of one connection, compiled.

    Attributes
    ----------
    id : str
        The client's own name of it.
    statuses : tuple of str
        The statuses that it asks for; all of them when empty.
    """

    id: str
    projection: Projection
    statuses: tuple[str, ...] = ()

    def wants(self, change: ChangeView) -> bool:
        """Return whether a change is into one of the statuses that were asked for."""
        return not self.statuses or change["status"] in self.statuses

    def text(self) -> str:
        """Return it as it is kept, without its id."""
        projection = self.projection
        document = {"key": projection.key, "fields": projection.fields, "statuses": self.statuses}
        return json.dumps(document, separators=(",", ":"))

    @classmethod
    def parse(cls, id_: str, text: str) -> Operation:
        """Return the operation that was kept.

        Raises
        ------
        ValueError
            When the text is none of ours.
        """
        try:
            document = json.loads(text)
            fields = tuple((str(name), str(field)) for name, field in document["fields"])
            projection = Projection(str(document["key"]), fields)
            return cls(id_, projection, tuple(str(status) for status in document["statuses"]))
        except (TypeError, KeyError) as error:
            raise ValueError(f"no operation: {error!r}") from error


@dataclass(frozen=True, slots=True)
class GraphQLConnection:
    """An open connection that speaks graphql-transport-ws.

    Attributes
    ----------
    caller : Caller or None
        Whose token its ``connection_init`` held; None before.
    expires_at : int
        Seconds since 1970: until when it must have said whose it is, and then when it is closed for sure.
    """

    connection_id: str
    endpoint: str
    expires_at: int
    caller: Caller | None = None


class AlreadyWelcome(Exception):
    """The connection has said whose it is before."""


class SubscriberExists(Exception):
    """The connection has an operation of that id."""


def pending(connection_id: str, endpoint: str, at: datetime) -> GraphQLConnection:
    """Return the connection that was opened ``at`` this moment."""
    return GraphQLConnection(connection_id, endpoint, int((at + INIT_LIFE).timestamp()))


@dataclass(frozen=True, slots=True)
class Compiled:
    """What executing a document once came to.

    Attributes
    ----------
    order_id : OrderId or None
        The order that it follows; None for all that its caller may see.
    """

    order_id: OrderId | None
    projection: Projection
    statuses: tuple[str, ...] = ()
