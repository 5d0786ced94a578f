"""Documents that no template is are refused with a line, not with a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.stack.document import parse
from localcloud.stack.template import TemplateError

TENFOLD = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a {x: [*a]}", "alias is inside"),
        (f"a0: &a0 [x]\n{TENFOLD}", "more than 1,000,000"),
        ("[" * 200 + "]" * 200, "nested too deeply"),
        ("[" * 3000 + "]" * 3000, "nested too deeply"),
    ],
)
def test_document_without_end_is_refused(text: str, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        parse(text, Path("template.yaml"))


def test_alias_stands_for_its_value() -> None:
    assert parse("a: &a [1]\nb: [*a, *a]", Path("template.yaml")) == {"a": [1], "b": [[1], [1]]}
