"""What one's own token says of oneself. Nothing is verified: whoever holds it knows who that is."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from clients import reading
from clients.errors import ServerFault

_STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Claims:
    """Who is signed in: the customer's id is part of topics and channels."""

    customer_id: str
    groups: frozenset[str] = frozenset()

    @property
    def is_staff(self) -> bool:
        """Whether everyone's orders may be followed."""
        return _STAFF in self.groups

    @classmethod
    def read(cls, token: str) -> Claims:
        """Read an access or id token.

        Raises
        ------
        ServerFault
            Cognito gave something else.

        Examples
        --------
        >>> Claims.read("e30.eyJzdWIiOiAiYWRhIn0.c2ln").customer_id
        'ada'
        """
        body = token.split(".")[1] if token.count(".") == 2 else ""
        try:
            document: object = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
            data = reading.mapping(document, "the token")
            groups = reading.sequence(data.get("cognito:groups", []), "cognito:groups")
            names = frozenset(reading.text(name, "cognito:groups[]") for name in groups)
            return cls(reading.text(data.get("sub"), "sub"), names)
        except (ValueError, reading.Unexpected):
            raise ServerFault("Cognito's token is no JSON Web Token with a subject.") from None
