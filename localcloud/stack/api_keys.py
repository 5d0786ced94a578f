"""API keys of AppSync whose time is over by now: AWS creates none, and a template may be years old.

Source: https://docs.aws.amazon.com/appsync/latest/APIReference/API_CreateApiKey.html (1 to 365 days).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from localcloud.stack.document import Json
from localcloud.stack.language import Literals, Unresolved
from localcloud.stack.template import properties, resources


def expired_keys(template: dict[str, Json], values: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield the resource, the property and a sentence of each key that is over.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.

    Examples
    --------
    >>> key = {"Type": "AWS::AppSync::ApiKey", "Properties": {"ApiId": "a", "Expires": 1609426799}}
    >>> [sentence for _, _, sentence in expired_keys({"Resources": {"Key": key}}, {})]
    ['Key: its time was over on 2020-12-31, AWS creates no such key; here it is valid for a year']
    """
    literals = Literals(template, values)
    for logical_id, resource in resources(template).items():
        own = properties(resource)
        match resource["Type"], own:
            case "AWS::AppSync::ApiKey", {"Expires": expires}:
                ends = [("Expires", expires)]
            case "AWS::Serverless::GraphQLApi", {"ApiKeys": dict(keys)}:
                ends = [
                    ("ApiKeys", body.get("ExpiresOn")) for body in keys.values() if isinstance(body, dict)
                ]
            case _:
                ends = []
        for name, expires in ends:
            end = _seconds(expires, literals)
            if end is not None and end < time.time():
                day = datetime.fromtimestamp(end, UTC).date()
                sentence = f"its time was over on {day}, AWS creates no such key; here it is valid for a year"
                yield logical_id, name, f"{logical_id}: {sentence}"


def _seconds(value: Json, literals: Literals) -> float | None:
    try:
        return float(literals.text(value, {}))
    except (Unresolved, ValueError):
        return None
