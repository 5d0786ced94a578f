"""Writes the rules of an order's optional fields into the resolver that validates orders.

AppSync's JavaScript is one file without imports, so it cannot read orders/fields.py.

python -m tools.order_fields
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from orders.fields import Rule, rules

RESOLVER: Final = Path(__file__).resolve().parent.parent / "appsync" / "js" / "functions" / "validateOrder.js"
BEGIN: Final = "// Written by `python -m tools.order_fields` from orders/fields.py: begin.\n"
END: Final = "// end\n"


def with_rules(source: str) -> str:
    """Return the resolver's source with the rules as they are now."""
    before, begin, rest = source.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{RESOLVER}: has no {BEGIN.strip()!r} … {END.strip()!r}")
    return f"{before}{begin}const OPTIONAL = [\n{''.join(map(_entry, rules().values()))}];\n{end}{after}"


def _entry(rule: Rule) -> str:
    return "  {\n" + "".join(f"    {line},\n" for line in _members(rule)) + "  },\n"


def _members(rule: Rule) -> Iterator[str]:
    for name in ("name", "code", "message", "alphabet"):
        yield f"{name}: {_quoted(getattr(rule, name))}"
    yield f"shortest: {rule.shortest}"
    yield f"longest: {rule.longest}"
    yield f"isTagged: {str(rule.is_tagged).lower()}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def main() -> None:
    """Write the resolver."""
    RESOLVER.write_text(with_rules(RESOLVER.read_text(encoding="utf-8")), encoding="utf-8")
    print(RESOLVER)


if __name__ == "__main__":
    main()
