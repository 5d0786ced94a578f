"""Write what the page computes the model from, and what holds both sides together.

``python tools/web_model.py`` writes ``web/src/choosing/model.json`` and ``tests/vectors/model.json``;
with ``--check`` it writes nothing and fails when one of them is not what it would write.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))  # run as a script, this folder is there and the project is not

from compare.model.exported import Json, document, vectors  # noqa: E402
from compare.model.scenario import Scenario  # noqa: E402

MODEL = ROOT / "web" / "src" / "choosing" / "model.json"
VECTORS = ROOT / "tests" / "vectors" / "model.json"
DAY = 86_400.0
SCENARIOS = (
    Scenario(),
    Scenario(rate=10_000 / DAY, life=1_200.0),
    Scenario(rate=100 / DAY, life=5.0, changes=2),
    Scenario(rate=1_000.0, life=30.0, followers=10, region="eu-west-1"),
    Scenario(rate=5.0, life=300.0, followers=41, changes=12),
    Scenario(rate=0.5, life=14_400.0, changes=8, region="eu-west-1"),
    Scenario(rate=20.0, life=86_400.0, followers=3, changes=20),
    Scenario(rate=2.0, life=60.0, followers=100, changes=3),
)


def texts() -> dict[Path, str]:
    """Return the contents of both files."""
    return {MODEL: _text(document()), VECTORS: _text(vectors(SCENARIOS))}


def _text(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the files, or compare them."""
    if list(arguments) not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = [path for path, text in texts().items() if not path.exists() or path.read_text() != text]
    if not arguments:
        for path, text in texts().items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return 0
    for path in stale:
        print(
            f"{path.relative_to(ROOT)} is not what the model says: python tools/web_model.py", file=sys.stderr
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
