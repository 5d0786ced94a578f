"""The price file: what AWS asks for a unit, where that comes from and how sure it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, get_args

from clients import reading

FILE = Path(__file__).with_name("prices.json")
FORMAT = 1
Confidence = Literal["A", "B", "C"]
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)


@dataclass(frozen=True, slots=True)
class Price:
    """One price in one Region.

    Attributes
    ----------
    usd, per
        So many US dollars for so many units.
    confidence
        A to C; the price file says what they mean.
    """

    key: str
    service: str
    item: str
    unit: str
    usd: Decimal
    per: int
    confidence: Confidence
    sources: tuple[str, ...]
    note: str

    @property
    def each(self) -> Decimal:
        """Dollars for one unit, exactly."""
        return self.usd / self.per


@dataclass(frozen=True, slots=True)
class PriceBook:
    """All prices of one Region, as of a date."""

    date: date
    region: str
    meaning: Mapping[str, str]
    prices: Mapping[str, Price]

    def __getitem__(self, key: str) -> Price:
        return self.prices[key]


def regions(path: Path = FILE) -> tuple[str, ...]:
    """Return the Regions that the price file knows."""
    listed = reading.sequence(_document(path).get("regions"), "regions")
    return tuple(reading.text(region, "regions[]") for region in listed)


def read_prices(region: str, path: Path = FILE) -> PriceBook:
    """Read the price file for one Region.

    Examples
    --------
    >>> read_prices("eu-west-1")["websocket.message"].usd
    Decimal('1.14')

    Raises
    ------
    clients.reading.Unexpected
        The file is not what it should be.
    """
    document = _document(path)
    meaning = reading.mapping(document.get("confidence"), "confidence")
    prices = reading.mapping(document.get("prices"), "prices")
    return PriceBook(
        date=date.fromisoformat(reading.text(document.get("date"), "date")),
        region=region,
        meaning={letter: reading.text(meant, letter) for letter, meant in meaning.items()},
        prices={key: _price(key, value, region) for key, value in prices.items()},
    )


def _document(path: Path) -> dict[str, object]:
    # Decimal: 0.1 dollars are a tenth of a dollar.
    value: object = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    document = reading.mapping(value, path.name)
    if document.get("format") != FORMAT:
        raise reading.Unexpected("format", str(FORMAT), document.get("format"))
    return document


def _price(key: str, value: object, region: str) -> Price:
    data = reading.mapping(value, key)
    usd = reading.mapping(data.get("usd"), f"{key}.usd").get(region)
    if not isinstance(usd, Decimal | int) or isinstance(usd, bool):
        raise reading.Unexpected(f"{key}.usd.{region}", "a number", usd)
    sure = reading.mapping(data.get("confidence"), f"{key}.confidence").get(region)
    sources = reading.sequence(data.get("sources"), f"{key}.sources")
    return Price(
        key=key,
        service=reading.text(data.get("service"), f"{key}.service"),
        item=reading.text(data.get("item"), f"{key}.item"),
        unit=reading.text(data.get("unit"), f"{key}.unit"),
        usd=Decimal(usd),
        per=reading.whole(data.get("per"), f"{key}.per"),
        confidence=confidence(sure, f"{key}.confidence.{region}"),
        sources=tuple(reading.text(source, f"{key}.sources") for source in sources),
        note=reading.text(data.get("note"), f"{key}.note"),
    )


def confidence(value: object, where: str) -> Confidence:
    """Return ``value`` as a letter from A to C."""
    for letter in CONFIDENCES:
        if value == letter:
            return letter
    raise reading.Unexpected(where, "one of A, B, C", value)
