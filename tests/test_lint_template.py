"""tools/lint_template.py: the joined template that linters read, and where their findings were written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from localcloud.check.positions import Positions
from localcloud.stack.template import read_template
from tools.lint_template import NESTED, TEMPLATE, place_of, write_joined


def test_joined_template_is_the_whole_with_what_it_nests(tmp_path: Path) -> None:
    joined, *nested = write_joined(tmp_path, switch_on=True)
    whole: Any = json.loads(joined.read_text(encoding="utf-8"))
    assert whole["Resources"] == read_template(TEMPLATE)["Resources"]
    assert whole["Parameters"]["Analytics"]["Default"] == "true"
    assert [file.name for file in nested] == [file.name for file in sorted(NESTED.glob("*.yaml"))]


def test_finding_is_placed_in_the_fragment() -> None:
    places = Positions(TEMPLATE)

    def shown(*path: str | int, file: str = "template.json") -> tuple[str, str]:
        location = {"Path": path, "Start": {"LineNumber": 7}}
        place = place_of(places, {"Filename": file, "Location": location})
        text = place.path.read_text(encoding="utf-8").splitlines()[place.line - 1]
        return place.path.relative_to(TEMPLATE.parent).as_posix(), text.strip()

    assert shown("Resources", "OrderBus", "Type") == ("stack/bus.yaml", "OrderBus:")
    queue = shown("Resources", "OrderQueue", "Properties", "VisibilityTimeout")
    assert queue == ("stack/intake.yaml", "VisibilityTimeout: 60")
    assert shown("Conditions", "BusOn")[0] == "template.yaml"
    assert shown(file="analytics.yaml")[0] == "nested/analytics.yaml"
