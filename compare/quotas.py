"""The quota file: what AWS grants an account in a Region, where that comes from and how sure it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from clients import reading
from compare.meter import number
from compare.prices import Confidence, confidence

FILE = Path(__file__).with_name("quotas.json")
FORMAT = 1
ELSEWHERE = "elsewhere"
Kind = Literal["rate", "concurrent", "seconds"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Quota:
    """One quota in one Region.

    Attributes
    ----------
    kind
        ``rate``: a token bucket that fills by ``limit`` a second; ``concurrent``: so many at a time;
        ``seconds``: nothing lasts longer.
    limit, burst
        Units a second and the bucket's size; of what is concurrent or lasts, ``burst`` is the limit, too.
    adjustable
        Whether AWS raises it when asked to.
    """

    key: str
    service: str
    item: str
    unit: str
    kind: Kind
    limit: float
    burst: float
    adjustable: bool
    confidence: Confidence
    sources: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class QuotaBook:
    """All quotas of one Region, as of a date."""

    date: date
    region: str
    quotas: Mapping[str, Quota]

    def __getitem__(self, key: str) -> Quota:
        return self.quotas[key]


def read_quotas(region: str, path: Path = FILE) -> QuotaBook:
    """Read the quota file for one Region.

    Examples
    --------
    >>> read_quotas("eu-west-1")["states.start.standard"].limit
    300.0

    Raises
    ------
    clients.reading.Unexpected
        The file is not what it should be.
    """
    value: object = json.loads(path.read_text(encoding="utf-8"))
    document = reading.mapping(value, path.name)
    if document.get("format") != FORMAT:
        raise reading.Unexpected("format", str(FORMAT), document.get("format"))
    quotas = reading.mapping(document.get("quotas"), "quotas")
    return QuotaBook(
        date=date.fromisoformat(reading.text(document.get("date"), "date")),
        region=region,
        quotas={key: _quota(key, value, region) for key, value in quotas.items()},
    )


def _quota(key: str, value: object, region: str) -> Quota:
    data = reading.mapping(value, key)
    kind = next((kind for kind in KINDS if kind == data.get("kind")), None)
    if kind is None:
        raise reading.Unexpected(f"{key}.kind", " or ".join(KINDS), data.get("kind"))
    limits = reading.mapping(data.get("limit"), f"{key}.limit")
    bursts = reading.mapping(data.get("burst", limits), f"{key}.burst")
    adjustable = data.get("adjustable")
    if not isinstance(adjustable, bool):
        raise reading.Unexpected(f"{key}.adjustable", "true or false", adjustable)
    return Quota(
        key=key,
        service=reading.text(data.get("service"), f"{key}.service"),
        item=reading.text(data.get("item"), f"{key}.item"),
        unit=reading.text(data.get("unit"), f"{key}.unit"),
        kind=kind,
        limit=number(limits.get(region, limits.get(ELSEWHERE)), f"{key}.limit"),
        burst=number(bursts.get(region, bursts.get(ELSEWHERE)), f"{key}.burst"),
        adjustable=adjustable,
        confidence=confidence(data.get("confidence"), f"{key}.confidence"),
        sources=tuple(
            reading.text(source, f"{key}.sources[]")
            for source in reading.sequence(data.get("sources"), f"{key}.sources")
        ),
        note=reading.text(data.get("note", ""), f"{key}.note"),
    )
