"""The places of a stack, as its template lists them, and what each is for."""

from __future__ import annotations

from orders.dead_letters.model import Place, Way
from orders.errors import ConfigurationError

PURPOSES = {
    "orders": "Orders from GraphQL that could not be started in ten attempts. The reconciler finds them too.",
    "companion": "Orders from REST that could not be started in ten attempts. The reconciler finds them too.",
    "redelivery": "Changes that a channel did not take in five attempts. Clients read them in the history.",
    "fanout": "Changes that could be neither published nor queued. Their records stay for 24 hours.",
    "analytics": "Changes that could not be counted for the shop's figures. Records stay for 24 hours.",
    "settlement": "Cancelled orders whose stock or payment was not given back. Records stay for 24 hours.",
    "fulfilment": "Reports of parcels that could not be applied.",
    "reconcile": "Runs of the reconciler that failed; the next run takes up what they left.",
    "imports": "Uploaded files that could not be looked at.",
    "import-progress": "Progress of imports that was not published. Records stay for 24 hours.",
    "webhooks": "Deliveries that a customer's endpoint did not take.",
    "events": "Events that EventBridge could not bring to the topic or to the audit log. They are archived.",
    "invoices": "Events that invoicing did not take.",
    "warehouse": "Events that the warehouse did not take.",
    "fraud": "Events that the fraud desk did not take.",
    "summaries": "Events that the read model lacks; `orderwire events rebuild` rebuilds it.",
    "webhook-events": "Events for webhooks that could be neither published nor queued for redelivery.",
    "intake": "Orders from the queue without a function that could not be admitted.",
    "intake-fifo": "The same, from its FIFO queue.",
}
OTHERWISE = "Messages that could not be handled."


def purpose(name: str) -> str:
    """Return what a place is for, for staff."""
    return PURPOSES.get(name, OTHERWISE)


def parse_places(text: str) -> tuple[Place, ...]:
    """Read the list: ``name way url target`` on each line. A place that is off leaves its line empty.

    Raises
    ------
    ConfigurationError

    Examples
    --------
    >>> [place] = parse_places("orders MOVE https://sqs/dead https://sqs/orders")
    >>> place.name, place.way.value, place.target
    ('orders', 'MOVE', 'https://sqs/orders')
    """
    places = tuple(_place(line) for line in text.splitlines() if line.strip())
    if len({place.name for place in places}) != len(places):
        raise ConfigurationError("Two places of dead letters have one name.")
    return places


def _place(line: str) -> Place:
    parts = line.split()
    if len(parts) != 4 or parts[1] not in Way.__members__:
        raise ConfigurationError(
            f"{parts[0]!r} is no place of dead letters: name, way, URL and target make one."
        )
    name, way, url, target = parts
    return Place(name, Way[way], url, target)
