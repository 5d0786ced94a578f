"""An authorizer, and the handlers of a namespace without code: what it is asked tells which it is."""

from __future__ import annotations

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any] | None:
    if "authorizationToken" in event:
        return {"isAuthorized": event["authorizationToken"] == "let me in", "ttlOverride": 0}
    if event["info"]["operation"] == "SUBSCRIBE":
        closed = event["info"]["channel"]["path"] == "/guarded/closed"
        return {"error": "This channel is closed."} if closed else None
    by = event["identity"]["username"]
    sent = [
        {"id": published["id"], "payload": {"by": by, "was": published["payload"]}}
        for published in event["events"]
    ]
    return {"events": sent}
