"""The start refuses what ``check`` refuses of HTTP APIs, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.check.gate import unstartable
from localcloud.stack.template import read_template

TEMPLATE = """Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: HTTP}}
  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: MOCK}}
"""


def test_unsupported_integration_aborts_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    (sentence,) = unstartable(read_template(path), path, {})
    assert sentence.startswith("template.yaml:3: I: an integration of type MOCK is none of HTTP APIs")
