"""Whether anyone waits for the events that report executions' statuses: most are of use to nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from localcloud.engine.ministack.eventbridge import eventbridge
from localcloud.engine.ministack.types import Store
from localcloud.states.facade import Execution

SOURCE: Final = "aws.states"
KIND: Final = "Step Functions Execution Status Change"


def listened_to(execution: Execution) -> bool:
    """Say whether a rule or an archive of an execution's account and region may want its status."""
    _, _, _, region, account, *_ = execution.arn.split(":", 5)
    here = (account, region)
    patterns = [*_patterns(eventbridge.rules, here, ""), *_patterns(eventbridge.archives, here, "{}")]
    return any(may_match(pattern, execution.status) for pattern in patterns)


def _patterns(records: Store, place: tuple[str, str], none: str) -> Iterator[str]:
    """Yield the patterns of rules or archives; ``none`` is what one without a pattern waits for."""
    if records.has_any():
        for where, record in records.all_items():
            pattern = record.get("EventPattern") or none
            if where[:2] == place and isinstance(pattern, str) and pattern:
                yield pattern


@lru_cache(maxsize=256)
def may_match(pattern: str, status: str) -> bool:
    """Say whether a pattern may match the event of a status: no only where it names others.

    Examples
    --------
    >>> may_match('{"source": ["aws.states"], "detail": {"status": ["FAILED"]}}', "SUCCEEDED")
    False
    >>> may_match('{"source": [{"prefix": "aws."}], "detail": {"status": ["FAILED"]}}', "FAILED")
    True
    """
    try:
        document = json.loads(pattern)
    except ValueError:
        return True
    detail = _member(document, "detail")
    return not (
        _names_others(_member(document, "source"), SOURCE)
        or _names_others(_member(document, "detail-type"), KIND)
        or _names_others(_member(detail, "status"), status)
    )


def _member(document: Any, name: str) -> Any:
    return document.get(name) if isinstance(document, dict) else None


def _names_others(texts: Any, text: str) -> bool:
    return isinstance(texts, list) and all(isinstance(item, str) and item != text for item in texts)
