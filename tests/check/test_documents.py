"""Documents of clients are looked for below folders, whatever their links lead to."""

from __future__ import annotations

from pathlib import Path

from localcloud.check.documents import find_documents


def test_links_that_lead_back_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "order.graphql").write_text("mutation { cancelOrder(id: 1) { id } }", encoding="utf-8")
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (document,) = find_documents([tmp_path])
    assert document.text.text.startswith("mutation")
