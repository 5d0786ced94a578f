"""The Lambda layer is built for what the template's functions run on."""

from __future__ import annotations

from tests.shape import shape
from tools.setup import LAYER, RUNTIME

WHEELS = {"arm64": "aarch64", "x86_64": "x86_64"}


def test_layer_is_built_for_the_runtime_of_the_template() -> None:
    version, platform = RUNTIME
    functions = shape.resources("AWS::Lambda::Function").values()
    assert {body["Runtime"] for body in functions} == {f"python{version}"}
    [architecture] = {arch for body in functions for arch in body["Architectures"]}
    assert platform.endswith(f"_{WHEELS[architecture]}")


def test_layer_runs_on_this_machine() -> None:
    """The local cloud runs it on its own interpreter, so nothing in it may be compiled."""
    assert (LAYER / "python").is_dir()
    compiled = [path.name for path in LAYER.rglob("*") if path.suffix in {".so", ".pyd", ".dylib"}]
    assert compiled == []
