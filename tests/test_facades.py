"""MiniStack's insides stay behind facades: nothing else in the engine imports or names them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tools.mends import LOCK, parse

ENGINE = Path(__file__).resolve().parent.parent / "localcloud" / "engine"
FACADES = ENGINE / "ministack"


def mentions(source: str) -> Iterator[int]:
    """Yield the lines that import a module of MiniStack's, or name one in a text."""
    if "ministack" not in source:  # parsing takes longer than to look
        return
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                modules = [each.name for each in names]
            case ast.ImportFrom(module=str(module), level=0):
                modules = [module]
            case ast.Constant(value=str(text)) if "." in text and len(text.split()) == 1:
                modules = [text]
            case _:
                continue
        if any(module.partition(".")[0] == "ministack" for module in modules):
            yield node.lineno


def test_only_facades_name_modules_of_ministack() -> None:
    outside = {
        str(path.relative_to(ENGINE)): lines
        for path in sorted(ENGINE.rglob("*.py"))
        if FACADES not in path.parents and (lines := list(mentions(path.read_text(encoding="utf-8"))))
    }
    assert outside == {}


def test_mention_of_a_module_is_noticed() -> None:
    source = (
        'from ministack.services import sqs\nimport ministack.app\nmodule = f"ministack.services.{name}"\n'
    )
    assert list(mentions(source)) == [1, 2, 3]
    assert list(mentions('"ministack goes on"\nfrom localcloud.engine.ministack.sqs import sqs\n')) == []


def test_each_facade_stands_for_one_module() -> None:
    modules = [each.module for each in parse(LOCK.read_text(encoding="utf-8"))]
    facades = {path.stem for path in FACADES.glob("*.py")} - {
        "__init__",
        "facade",
        "types",
        "resource_chains",
        "resource_types",
    }
    assert len(facades) == len(set(modules))


def test_each_name_of_ministack_is_patched_once() -> None:
    patched = [each for each in parse(LOCK.read_text(encoding="utf-8")) if each.patched_by]
    assert {f"{each.module}.{each.name}" for each in patched if len(each.patched_by) > 1} == set()
    assert any(len(each.chain) > 3 for each in patched)


def test_declared_functions_take_what_those_of_ministack_take() -> None:
    signatures = {
        (each.module, each.name): each.definition.signature
        for each in parse(LOCK.read_text(encoding="utf-8"))
        if each.definition.kind.endswith("function")
    }
    wrong = []
    for path in FACADES.glob("*.py"):
        for module, name, parameters in _declared(ast.parse(path.read_bytes())):
            if (module, name) not in signatures:
                continue  # a class, or another library's function
            expected = ast.parse(f"def f{signatures[module, name]}: pass").body[0]
            assert isinstance(expected, ast.FunctionDef)
            if len(expected.args.args) != parameters:
                wrong.append(f"{module}.{name}{signatures[module, name]}")
    assert wrong == []


def _declared(tree: ast.Module) -> Iterator[tuple[str, str, int]]:
    """Yield each function whose parameters a facade spells out: its module, its name, how many there are."""
    for facade in tree.body:
        if not isinstance(facade, ast.ClassDef) or not facade.keywords:
            continue
        module = ast.literal_eval(facade.keywords[0].value)
        for node in facade.body:
            match node:
                case ast.AnnAssign(
                    annotation=ast.Subscript(
                        slice=ast.Subscript(
                            value=ast.Name(id="Callable"),
                            slice=ast.Tuple(elts=[ast.List(elts=parameters), _]),
                        )
                    ),
                    value=ast.Call(args=[ast.Constant(value=str(name)), *_]),
                ):
                    yield module, name, len(parameters)
