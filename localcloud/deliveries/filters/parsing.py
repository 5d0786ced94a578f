"""Filter policies from their text, refused as AWS refuses them.

The sentences are AWS's, without the place in the text that it adds to some of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from localcloud.deliveries.errors import PolicyError
from localcloud.deliveries.filters.operators import OPERATORS, parse_rule
from localcloud.deliveries.filters.policy import Either, Every, FilterPolicy, Key, Scope

MOST_KEYS: Final = 5
MOST_COMBINATIONS: Final = 150
# "The maximum size of a filter policy is 256 KB."
MOST_BYTES: Final = 256 * 1024
FEWEST_CHOICES: Final = 2


@lru_cache(maxsize=1024)
def parse_filter_policy(text: str, scope: Scope) -> FilterPolicy:
    """Return a filter policy.

    Raises
    ------
    PolicyError
        SNS would not take it.

    Examples
    --------
    >>> parse_filter_policy('{"status": ["paid"]}', "MessageAttributes").root.conditions[0].path
    'status'
    >>> parse_filter_policy('{"status": "paid"}', "MessageAttributes")
    Traceback (most recent call last):
    localcloud.deliveries.errors.PolicyError: FilterPolicy: "status" must be an object or an array
    """
    if len(text.encode()) > MOST_BYTES:
        raise PolicyError("FilterPolicy: Filter policy is too large")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"FilterPolicy: failed to parse JSON. {error}") from error
    if not isinstance(document, dict):
        raise PolicyError("FilterPolicy: Filter policy must be an object")
    if len(document) > MOST_KEYS:
        raise PolicyError(f"FilterPolicy: Filter policy can not have more than {MOST_KEYS} keys")
    parser = _Parser(scope)
    root, combinations = parser.group(document, "", 1, 1)
    if combinations > MOST_COMBINATIONS:
        raise PolicyError("FilterPolicy: Filter policy is too complex")
    return FilterPolicy(scope, root)


def is_or(name: str, value: Any) -> bool:
    """Say whether a member is the operator ``$or``.

    It is an array of two objects or more, none of which has an operator's name in it.

    Examples
    --------
    >>> is_or("$or", [{"a": [1]}, {"b": [1]}]), is_or("$or", ["a", "b"]), is_or("$or", [{"prefix": "a"}, {}])
    (True, False, False)
    """
    return (
        name == "$or"
        and isinstance(value, list)
        and len(value) >= FEWEST_CHOICES
        and all(isinstance(choice, dict) and not OPERATORS & choice.keys() for choice in value)
    )


class _Parser:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def group(self, document: dict[str, Any], path: str, depth: int, combinations: int) -> tuple[Every, int]:
        """Return the conditions of an object, and the combinations so far times its own.

        A key counts as its values times its depth; the choices of an ``$or`` add up.
        """
        if depth > 1 and self._scope == "MessageAttributes":
            raise PolicyError("Filter policy scope MessageAttributes does not support nested filter policy")
        conditions: list[Key | Either] = []
        for name, value in document.items():
            inner = f"{path}.{name}" if path else name
            if is_or(name, value):
                choices = [self.group(choice, path, depth, combinations) for choice in value]
                conditions.append(Either(tuple(choice for choice, _ in choices)))
                combinations = sum(count for _, count in choices)
            elif isinstance(value, dict):
                every, combinations = self.group(value, inner, depth + 1, combinations)
                conditions.extend(every.conditions)
            elif isinstance(value, list):
                conditions.append(Key(inner, tuple(_rules(value))))
                combinations *= len(value) * depth
            else:
                raise PolicyError(f'FilterPolicy: "{name}" must be an object or an array')
        return Every(tuple(conditions)), combinations


def _rules(values: list[Any]) -> Iterator[Any]:
    if not values:
        raise PolicyError("FilterPolicy: Empty arrays are not allowed")
    for value in values:
        yield parse_rule(value)
