"""The model as the page gets it: the files are current, and what is no sum is refused."""

from __future__ import annotations

import pytest

from compare.model.exported import document
from compare.model.linear import NotLinear, solve
from compare.model.rows import FEATURES
from tools.web_model import main, texts

pytestmark = pytest.mark.slow


def test_exported_model_and_vectors_are_up_to_date() -> None:
    stale = [path.name for path, text in texts().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "python tools/web_model.py"
    assert main(["--check"]) == 0


def test_exported_document_has_each_channel_with_its_coefficients() -> None:
    exported = document()
    channels = exported["channels"]
    assert isinstance(channels, list)
    assert len(channels) == 11
    for channel in channels:
        for row in [*channel["bill"], *channel["demands"]]:
            assert len(row["units"]) == len(FEATURES)


def test_solve_finds_the_coefficients_of_a_sum() -> None:
    points = [[1.0, 2.0, 0.5], [0.0, 1.0, 4.0], [3.0, 0.0, 1.0], [1.0, 1.0, 1.0]]
    values = [2 * a + 0.25 * c for a, _, c in points]
    assert solve(points, values) == [2.0, 0.0, 0.25]


def test_solve_refuses_a_product_and_points_that_determine_nothing() -> None:
    points = [[1.0, 2.0], [2.0, 1.0], [3.0, 3.0]]
    with pytest.raises(NotLinear, match="at point"):
        solve(points, [a * b for a, b in points])
    with pytest.raises(NotLinear, match="do not determine"):
        solve([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]], [1.0, 2.0, 3.0])
