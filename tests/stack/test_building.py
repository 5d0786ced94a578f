"""Code is built as ``sam build`` does it: packages beside it, layers laid out, nobody's folder touched."""

import io
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from localcloud.deploying.deployment import source_trees
from localcloud.functions import SourceTree
from localcloud.stack.building import Builder, Built, Recipe, recipe_of, watched
from localcloud.stack.building.cache import cached, fingerprint
from localcloud.stack.building.pip import for_lambda, problem
from localcloud.stack.building.published import foreign_layer, install_layer
from localcloud.stack.building.requirements import read_requirements
from localcloud.stack.files import local_files
from localcloud.stack.inspection import Stack
from localcloud.stack.package import package
from localcloud.stack.support import unsupported
from localcloud.stack.template import Json, TemplateError
from tests.stack.test_package import FakeS3

FUNCTION: dict[str, Any] = {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "python3.13"}}
SAM: dict[str, Any] = {"Type": "AWS::Serverless::Function"}
LAYER: dict[str, Any] = {"Type": "AWS::Serverless::LayerVersion"}


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LOCALCLOUD_CACHE", str(tmp_path / "cache"))
    yield


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def wheel(folder: Path, name: str) -> None:
    """Write a wheel of one module."""
    folder.mkdir(exist_ok=True)
    notes = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", f"NAME = {name!r}\n")
        archive.writestr(f"{notes}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{notes}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{notes}/RECORD", "")


def recipe(folder: Path, resource: dict[str, Any], **shared: Any) -> Recipe | None:
    return recipe_of("It", resource, folder, shared)


# --- which folders are built ---


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ()),
        ("# nothing\n\n", ()),
        ("boto3\nbotocore>=1.20 # any\n", ()),
        ("boto3==1.2.3\n", ("boto3==1.2.3",)),
        ("boto3>=99\n", ("boto3>=99",)),
        ("Aws_Lambda.Powertools[all]==2\nrequests\n", ("requests",)),
        ("--no-index\nrequests \\\n  >=2\n", ("requests >=2",)),
        ("-r more.txt\n-c limits.txt\n", ("httpx",)),
        ("./own\n-e ../other\n", ("./own", "-e ../other")),
    ],
)
def test_requirements_exclude_provided_and_bundled_packages(
    tmp_path: Path, text: str, wanted: tuple[str, ...]
) -> None:
    write(tmp_path / "requirements.txt", text)
    write(tmp_path / "more.txt", "httpx\n")
    write(tmp_path / "limits.txt", "h11==1\n")
    (tmp_path / "aws_lambda_powertools-2.0.dist-info").mkdir()
    assert read_requirements(tmp_path).lines == wanted


def test_recipe_is_read_from_the_resource(tmp_path: Path) -> None:
    assert recipe(tmp_path, FUNCTION) is None, "there is nothing to install"
    write(tmp_path / "requirements.txt", "requests\n")
    assert recipe(tmp_path, FUNCTION) == Recipe("It", "python", "python3.13")
    arm = {**SAM, "Properties": {"Architectures": ["arm64"]}}
    assert recipe(tmp_path, arm, Runtime="python3.12") == Recipe("It", "python", "python3.12", "arm64")
    assert recipe(tmp_path, {**FUNCTION, "Metadata": {"SkipBuild": True}}) is None
    assert recipe(tmp_path, {**FUNCTION, "Properties": {"Runtime": "nodejs22.x"}}) is None
    assert recipe(tmp_path, {**FUNCTION, "Metadata": {"BuildMethod": "makefile "}}) == Recipe(
        "It", "makefile", "python3.13"
    )
    assert recipe(tmp_path, LAYER) is None, "a layer without a method is packaged as it is"
    document = {**LAYER, "Metadata": {"BuildMethod": "nodejs22.x", "BuildArchitecture": "arm64"}}
    assert recipe(tmp_path, document) == Recipe("It", "nodejs", "nodejs22.x", "arm64", "nodejs")
    assert recipe(tmp_path, {"Type": "AWS::AppSync::Resolver"}) is None
    for name in (".aws-sam", "cdk.out"):
        below = tmp_path / name / "It"
        write(below / "requirements.txt", "requests\n")
        assert recipe(below, FUNCTION) is None, "a tool has built it already"


def test_files_that_a_build_reads_are_watched(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "requirements.txt", "-r more.txt\n")
    write(code / "more.txt", "requests\n")
    template: dict[str, Any] = {
        "Resources": {
            "Fn": {**FUNCTION, "Properties": {"Runtime": "python3.13", "Code": "code"}},
            "Made": {**SAM, "Properties": {"CodeUri": "code"}, "Metadata": {"BuildMethod": "makefile"}},
        }
    }
    python, created = local_files(template, tmp_path)
    assert python.inputs == {code / "requirements.txt", code / "more.txt"}
    assert created.inputs == {code}
    assert watched(Recipe("L", "python", inside="python"), code) == {code}


# --- what becomes of them ---


def test_packages_are_installed_once_beside_the_code(tmp_path: Path) -> None:
    code = tmp_path / "code"
    wheel(tmp_path / "wheels", "needed")
    write(code / "app.py", "import needed\n")
    write(code / "requirements.txt", "--no-index\n--find-links ../wheels\nneeded==1.0\n")
    template: dict[str, Any] = {
        "Globals": {"Function": {"Runtime": "python3.13", "CodeUri": "code"}},
        "Resources": {"One": SAM, "Two": {**SAM, "Metadata": {"SkipBuild": True}}},
    }
    messages: list[str] = []
    s3 = FakeS3()
    for _ in range(2):
        packaged = package(template, tmp_path, cast("Any", s3), "assets", builder=Builder(messages.append))
    assert messages == ["installing the packages of One: needed==1.0"]
    assert sorted(path.name for path in code.iterdir()) == ["app.py", "requirements.txt"]
    names = [set(zipfile.ZipFile(io.BytesIO(body)).namelist()) for body in s3.objects.values()]
    assert [{"app.py", "needed.py"} <= each for each in names] == [True, False]
    (packages,) = packaged.packages["One"]
    stack = Stack("s", "", {}, {"One": "one-1", "Two": "two-1"})
    assert source_trees(packaged, stack) == {
        "one-1": SourceTree(code, (), (packages,)),
        "two-1": SourceTree(code),
    }


def test_layer_files_are_placed_where_the_runtime_looks(tmp_path: Path) -> None:
    flat, laid = tmp_path / "flat", tmp_path / "laid"
    write(flat / "common.py", "X = 1\n")
    write(laid / "python" / "common.py", "X = 1\n")
    for folder in (flat, laid):
        built = Builder(print).build(Recipe("L", "python", "python3.13", inside="python"), folder)
        assert [path.relative_to(built.folder).as_posix() for path in built.folder.rglob("*.py")] == [
            "python/common.py"
        ]
    write(flat / "common.py", "X = 2\n")
    again = Builder(print).build(Recipe("L", "python", "python3.13", inside="python"), flat)
    assert (again.folder / "python" / "common.py").read_text() == "X = 2\n"


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_makefile_builds_in_a_copy(tmp_path: Path) -> None:
    code = tmp_path / "code"
    write(code / "Makefile", "build-It:\n\ttouch here\n\techo made > $(ARTIFACTS_DIR)/made.txt\n")
    messages: list[str] = []
    built = Builder(messages.append).build(Recipe("It", "makefile"), code)
    assert [path.name for path in built.folder.iterdir()] == ["made.txt"]
    assert [path.name for path in code.iterdir()] == ["Makefile"]
    assert Builder(messages.append).build(Recipe("It", "makefile"), code) == built
    assert messages == ["building It: make build-It"]
    with pytest.raises(TemplateError, match=r"Makefile: make build-Other failed \(2\)"):
        Builder(print).build(Recipe("Other", "makefile"), code)


def test_unbuildable_resource_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"It: BuildMethod makefile, and there is no .*Makefile"):
        Builder(print).build(Recipe("It", "makefile"), tmp_path)
    with pytest.raises(TemplateError, match=r"It: BuildMethod go1\.x is not served: build it yourself"):
        Builder(print).build(Recipe("It", "go1.x"), tmp_path)


def test_node_packages_are_built_for_aws_alone(tmp_path: Path) -> None:
    node = Recipe("It", "nodejs", "nodejs22.x")
    write(tmp_path / "package.json", "{}")
    assert recipe(tmp_path, {**FUNCTION, "Properties": {"Runtime": "nodejs22.x"}}) == node
    assert Builder(print).build(node, tmp_path) == Built(tmp_path)
    with pytest.raises(TemplateError, match="esbuild is done here where functions run"):
        Builder(print, for_aws=True).build(Recipe("It", "esbuild"), tmp_path)
    (tmp_path / "node_modules").mkdir()
    assert recipe(tmp_path, {**FUNCTION, "Properties": {"Runtime": "nodejs22.x"}}) is None
    assert Builder(print, for_aws=True).build(node, tmp_path) == Built(tmp_path)


def test_folder_without_a_recipe_is_packaged_unchanged(tmp_path: Path) -> None:
    assert Builder(print).build(Recipe("It", "python"), tmp_path) == Built(tmp_path)


# --- the cache ---


def test_failed_build_leaves_nothing(tmp_path: Path) -> None:
    def failing(target: Path) -> None:
        write(target / "half.txt", "half")
        raise TemplateError("no")

    with pytest.raises(TemplateError):
        cached("name", failing)
    assert list((tmp_path / "cache" / "builds").iterdir()) == []

    def whole(target: Path) -> None:
        write(target / "whole.txt", "whole")

    folder = cached("name", whole)
    assert (folder / "whole.txt").is_file()
    assert cached("name", failing) == folder, "it is there already"


def test_fingerprint_distinguishes_contents_and_names(tmp_path: Path) -> None:
    write(tmp_path / "a" / "x", "1")
    write(tmp_path / "b" / "y", "1")
    write(tmp_path / "c" / "x", "1")
    a, b, c = (fingerprint(tmp_path / name) for name in "abc")
    assert a == c != b


# --- pip ---


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            "ERROR: Could not find a version that satisfies the requirement nope==9 (from versions: none)\n"
            "ERROR: No matching distribution found for nope==9\n",
            "pip cannot install nope==9: No matching distribution found for nope==9; see whether its name",
        ),
        (
            "WARNING: Retrying ... NewConnectionError('...')\nERROR: No matching distribution found for x\n",
            "pip cannot install x: No matching distribution found for x; no package index can be reached",
        ),
        ("/usr/bin/python: No module named pip\n", "-m ensurepip"),
        ("", "pip cannot install what it names: it did not say why"),
    ],
)
def test_pip_refusal_becomes_one_sentence_of_advice(message: str, sentence: str) -> None:
    assert sentence in problem(message)
    assert "\n" not in problem(message)


def test_packages_for_aws_match_its_runtime() -> None:
    options = for_lambda("python3.13", "arm64")
    assert options[:2] == ["--python-version", "3.13"]
    assert "manylinux_2_34_aarch64" in options and "--only-binary=:all:" in options
    assert "manylinux_2_34_x86_64" not in for_lambda("python3.10", "x86_64")


# --- layers that others have published ---

POWERTOOLS = "arn:aws:lambda:eu-west-1:017000801446:layer:AWSLambdaPowertoolsPythonV3-python313-x86_64:7"
INSIGHTS = "arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension:52"


def test_published_layer_is_installed_once_in_the_folder_of_layers() -> None:
    lines: list[str] = []

    def install(requirement: str, target: Path) -> None:
        write(target / "aws_lambda_powertools.py", f"FROM = {requirement!r}\n")

    by_region: Json = {"Fn::Sub": POWERTOOLS.replace("eu-west-1", "${AWS::Region}")}
    layers: tuple[Json, ...] = (POWERTOOLS, by_region)
    folders = {install_layer(layer, lines.append, install) for layer in layers}
    (folder,) = folders
    assert folder is not None and (folder / "python" / "aws_lambda_powertools.py").is_file()
    assert lines == ["installing what a published layer holds: aws-lambda-powertools[all]>=3,<4"]
    assert foreign_layer(POWERTOOLS) == folder


def test_unavailable_layer_is_named_and_its_function_runs_without_it(tmp_path: Path) -> None:
    empty = foreign_layer(INSIGHTS)
    assert empty is not None and list(empty.iterdir()) == []
    own = "arn:aws:lambda:eu-west-1:000000000000:layer:shared:1"
    assert foreign_layer(own) is None
    here = "arn:aws:lambda:eu-west-1:123456789012:layer:shared:1"
    assert foreign_layer(here, "123456789012") is None
    assert foreign_layer(here) == empty
    function = {**SAM, "Properties": {"Layers": [INSIGHTS, own, {"Ref": "Mine"}]}}
    name = "AWS::Serverless::Function: runs without the layer 580247275435:layer:LambdaInsightsExtension (It)"
    assert unsupported({"Resources": {"It": function}})[0] == name


def test_packages_of_a_published_layer_precede_those_of_the_runtime(tmp_path: Path) -> None:
    folder = write(tmp_path / "code" / "app.py", "").parent
    resource = {**SAM, "Properties": {"CodeUri": "code", "Layers": [INSIGHTS, POWERTOOLS]}}
    install_layer(POWERTOOLS, print, lambda _, target: target.mkdir())
    template: dict[str, Any] = {"Resources": {"It": resource}}
    packaged = package(template, tmp_path, cast("Any", FakeS3()), "assets", builder=Builder(print))
    trees = source_trees(packaged, Stack("s", "", {}, {"It": "it-1"}))
    assert trees["it-1"].code == folder
    assert [layer.name.partition("-")[0] for layer in trees["it-1"].layers] == ["published"]
    for_aws = package(
        template, tmp_path, cast("Any", FakeS3()), "assets", builder=Builder(print, for_aws=True)
    )
    assert for_aws.published == {}
