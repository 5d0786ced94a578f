"""Write the REST API's OpenAPI document: ``python tools/openapi.py``, or ``--check`` that it is as kept."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

# Run as a script, Python looks for modules in this folder alone.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "chalice_app"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from chalicelib.problems import Problem
from tools.openapi_parts import HEADERS, PARAMETERS, RESPONSES
from tools.openapi_paths import paths
from tools.openapi_schemas import ROOT, Contract, Json, Schemas, new_order

TARGET = ROOT / "chalice_app" / "chalicelib" / "openapi.json"

DESCRIPTION = """\
The same orders as over GraphQL, for clients that poll, wait, or open a WebSocket.

**Following an order.** Poll `GET /orders/{order_id}` with `If-None-Match`, no sooner than `Retry-After` says;
or let it `wait`. `history` has every change, so a late poll still gets all of them.

**Errors** are problem documents (RFC 9457). `type` is a name for programs, `detail` says what would be right,
`errorInfo` has the place and a code, `instance` is the request's id in the log. What API Gateway itself
refuses has a `message` alone.
"""

# What the contract does not have, since only REST has it.
WORDS = {
    "OrderPage": {
        "orders": "Without their items: `GET /orders/{order_id}` has those.",
        "nextCursor": "Give it to the next call as `cursor`; null on the last page.",
    },
    "WebSocketTicket": {
        "ticket": "It is a secret: it admits every client that has it.",
        "expiresIn": "Seconds.",
    },
    "WebhookList": {"webhooks": "Each with the status that its subscription has now."},
    "Problem": {
        "type": "What kind of problem it is; programs decide by it.",
        "title": "The same in words.",
        "status": "The HTTP status.",
        "detail": "What is wrong this time and what would be right, for people.",
        "instance": "The request's id, as it stands in the log.",
        "errorInfo": "For programs: `path` and `code`, or the `status` that forbids it.",
    },
}


def document() -> Json:
    """Return the whole document."""
    contract = Contract((ROOT / "schema.graphql").read_text("utf-8"))
    schemas = Schemas(contract)
    schemas.of(Problem)
    operations = paths(schemas)
    schemas.components |= new_order(contract)
    schemas.components["GatewayMessage"] = {
        "type": "object",
        "description": "What API Gateway says by itself.",
        "properties": {"message": {"type": ["string", "null"]}},
        "required": ["message"],
    }
    for name, fields in WORDS.items():
        properties = schemas.components[name]["properties"]
        assert isinstance(properties, dict)
        for field, description in fields.items():
            properties[field] = {**properties[field], "description": description}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Orderwire",
            "version": "1.0.0",
            "summary": "Submit an order, and follow how it is doing.",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api", "description": "The stage that `chalice deploy` makes."}],
        "security": [{"customers": []}],
        "tags": [
            {"name": "orders", "description": "Submit, follow, list, cancel."},
            {
                "name": "webhooks",
                "description": "Endpoints of yours that receive changes (docs/webhooks.md).",
            },
            {"name": "websocket", "description": "What opens a connection to the WebSocket API."},
            {"name": "description", "description": "What this API is."},
        ],
        "paths": operations,
        "components": {
            "schemas": dict(sorted(schemas.components.items())),
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "responses": RESPONSES,
            "securitySchemes": {
                "customers": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An id token of the stack's user pool.",
                }
            },
        },
    }


def text() -> str:
    """Return the document as it is kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document, or check whether it is up to date."""
    parser = argparse.ArgumentParser(prog="python tools/openapi.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when it would differ")
    options = parser.parse_args(arguments)
    generated = text()
    if options.check:
        if TARGET.read_text("utf-8") == generated:
            return 0
        print(f"{TARGET.relative_to(ROOT)} is out of date: run `python tools/openapi.py`.", file=sys.stderr)
        return 1
    TARGET.write_text(generated, "utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
