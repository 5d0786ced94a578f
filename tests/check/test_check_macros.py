"""Transforms that a template needs, and those that nobody runs here."""

from typing import Any

import pytest

from localcloud.check.rules.macros import unserved_macros

SAM = "AWS::Serverless-2016-10-31"


@pytest.mark.parametrize("transform", [None, "AWS::LanguageExtensions", ["AWS::LanguageExtensions"]])
def test_sam_types_are_refused_when_the_template_names_no_transform(transform: Any) -> None:
    template = {
        "Transform": transform,
        "Resources": {"T": {"Type": "AWS::Serverless::SimpleTable"}, "Q": {"Type": "AWS::SQS::Queue"}},
    }
    sentence = f"T: AWS::Serverless::SimpleTable is SAM's, and the template has no Transform: {SAM}"
    assert list(unserved_macros(template)) == [("T", sentence)]


@pytest.mark.parametrize("transform", [SAM, ["AWS::LanguageExtensions", SAM]])
def test_sam_types_are_accepted_with_the_transform(transform: Any) -> None:
    template = {"Transform": transform, "Resources": {"T": {"Type": "AWS::Serverless::SimpleTable"}}}
    assert not list(unserved_macros(template))
