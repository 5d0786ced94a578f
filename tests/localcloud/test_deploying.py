"""What a deployment knows of its functions' sources."""

from __future__ import annotations

from pathlib import Path

from localcloud.deploying.deployment import source_trees
from localcloud.functions import SourceTree
from localcloud.stack.inspection import Stack
from localcloud.stack.package import Package
from localcloud.stack.template import Json


def test_source_trees_omit_a_function_whose_condition_is_false() -> None:
    function: dict[str, Json] = {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"S3Key": "a.zip"}}}
    package = Package(
        {"Resources": {"Kept": function, "Off": {**function, "Condition": "Never"}}},
        {"Kept": Path("kept"), "Off": Path("off")},
    )
    stack = Stack("shop", "arn:stack", {}, {"Kept": "shop-Kept-1"})

    assert source_trees(package, stack) == {"shop-Kept-1": SourceTree(code=Path("kept"), layers=())}
