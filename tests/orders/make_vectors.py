"""Print ``tests/vectors/canonical.json`` again: ``python -m tests.orders.make_vectors``.

The strings are built here from the format's description, not by ``orders.canonical``, so that
the vectors check the code and not the other way round.
"""

from __future__ import annotations

import json
import sys

NAMES = {
    "plain": "Tea",
    "emoji: two code units": "Tea 🍵",
    "emoji of several code points, joined": "Family 👨‍👩‍👧‍👦",
    "flag": "🇮🇳 chai",
    "Japanese": "煎茶",
    "Arabic, right to left": "شاي أخضر",
    "Hebrew": "תה ירוק",
    "Hindi, with combining marks": "हरी चाय",
    "Greek and Cyrillic": "Τσάι чай",
    "composed": "caf\u00e9",
    "decomposed: another string": "cafe\u0301",
    "rare Han outside the BMP": "𠮷野家",
    "musical symbol, 256 code units": "𝄞" * 128,
    "256 letters": "x" * 256,
    "what looks like separators": "a|b;c:d|1:",
    "what looks like a length": "3:abc|SKU;1;1;1:x|",
    "quotes, backslash, slash": "\"q\" \\ / 's'",
    "spaces at both ends": "  x  ",
    "line and paragraph separators": "a\u2028b\u2029c",
    "no-break space and zero width joiner": "a\u00a0b\u200dc",
}


def item(sku: str, name: str, quantity: int, unit_price: int) -> dict[str, object]:
    return {"sku": sku, "name": name, "quantity": quantity, "unitPrice": unit_price}


def canonical(currency: str, card: str, items: list[dict[str, object]]) -> str:
    parts = ["v1", currency, f"{units(card)}:{card}", str(len(items))]
    for line in items:
        name = str(line["name"])
        parts.append(f"{line['sku']};{line['quantity']};{line['unitPrice']};{units(name)}:{name}")
    return "|".join(parts) + "|"


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def vector(note: str, currency: str, card: str, items: list[dict[str, object]]) -> dict[str, object]:
    order = {"currency": currency, "cardToken": card, "items": items}
    return {"note": note, "order": order, "canonical": canonical(currency, card, items)}


def main() -> None:
    vectors = [
        vector(note, "EUR", "tok_approve", [item("TEA-1", name, 2, 450)]) for note, name in NAMES.items()
    ]
    several = [item(f"S.{n}_x-{n}", name, n + 1, n * 100) for n, name in enumerate(NAMES.values())]
    vectors += [
        vector("several items keep their order", "JPY", "tok_approve_visa", several),
        vector("and the other way round it is another order", "JPY", "tok_approve_visa", several[::-1]),
        vector(
            "the extremes", "KWD", "t" * 128, [item("s" * 64, "x", 999, 0), item("A", "y", 1, 2147483647)]
        ),
        vector("fifty items", "USD", "tok_decline", [item(f"S-{n}", "n", 1, 1) for n in range(50)]),
    ]
    json.dump({"version": "v1", "vectors": vectors}, sys.stdout, ensure_ascii=True, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
