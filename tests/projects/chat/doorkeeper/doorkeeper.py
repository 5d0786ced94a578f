"""The API's Lambda authorizer: a token is `guest NAME` or `moderator NAME`."""

from typing import TypedDict


class Event(TypedDict):
    """What AppSync sends, as far as it is read here."""

    authorizationToken: str


def handler(event: Event, _context: object) -> dict[str, object]:
    role, _, name = event["authorizationToken"].partition(" ")
    denied = [] if role == "moderator" else ["Mutation.expel"]
    return {
        "isAuthorized": role in {"guest", "moderator"} and bool(name),
        "resolverContext": {"name": name, "role": role},
        "deniedFields": denied,
        "ttlOverride": 0,
    }
