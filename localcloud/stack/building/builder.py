"""Builds folders, each once for its contents."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from localcloud.stack.archives import walk
from localcloud.stack.building.cache import cached, fingerprint
from localcloud.stack.building.pip import for_lambda, install
from localcloud.stack.building.published import install_layer
from localcloud.stack.building.recipes import ESBUILD, MAKEFILE, NODE, PYTHON, Built, Recipe
from localcloud.stack.building.requirements import FILE, Requirements, read_requirements
from localcloud.stack.document import Json, TemplateError

_NPM_FILES: Final = ("package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc")


class Builder:
    """Builds what recipes say.

    Parameters
    ----------
    say
        Called with what takes a while.
    for_aws
        Whether what is built runs on AWS: then packages are those for its runtimes, else for this machine.
    """

    def __init__(self, say: Callable[[str], None], *, for_aws: bool = False) -> None:
        self.say = say
        self._for_aws = for_aws
        self.is_local = not for_aws
        """Whether what is built runs on this machine."""

    def build(self, recipe: Recipe, folder: Path) -> Built:
        """Return what becomes the artefact of a folder.

        Raises
        ------
        TemplateError
            It cannot be built; the message names what is in the way, and what to do.
        """
        if recipe.method == PYTHON and not recipe.inside:
            packages = self._python_packages(recipe, folder)
            return Built(folder, (packages,) if packages else ())
        if recipe.method in {PYTHON, NODE} and recipe.inside:
            return Built(self._layer(recipe, folder))
        if recipe.method in {NODE, ESBUILD}:
            return self._node_function(recipe, folder)
        if recipe.method == MAKEFILE:
            return Built(self._build(recipe, folder))
        raise TemplateError(
            f"{recipe.logical_id}: BuildMethod {recipe.method} is not served: build it yourself and name the "
            "result, or take python3.x, nodejs or makefile"
        )

    def published(self, layers: list[Json]) -> dict[str, Path]:
        """Return the folders of those layers of other accounts whose packages PyPI has, by their JSON.

        On AWS they are there, and nothing is installed.

        Raises
        ------
        TemplateError
            They cannot be installed.
        """
        if self._for_aws:
            return {}
        folders = ((json.dumps(layer), install_layer(layer, self.say)) for layer in layers)
        return {layer: folder for layer, folder in folders if folder is not None}

    def _python_packages(self, recipe: Recipe, folder: Path) -> Path | None:
        requirements = read_requirements(folder)
        if not requirements.lines:
            return None
        options = for_lambda(recipe.runtime, recipe.architecture) if self._for_aws else []
        return cached(
            f"python-{self._python_key(requirements, options)}",
            lambda target: self._install(recipe, folder, requirements, target, options),
        )

    @staticmethod
    def _python_key(requirements: Requirements, options: list[str]) -> str:
        here = f"{sys.version_info[:2]} {platform.system()} {platform.machine()}"
        projects = [path for path in requirements.folders if path.exists()]
        return fingerprint(here, *requirements.lines, *options, *requirements.files, *projects)

    def _install(
        self, recipe: Recipe, folder: Path, requirements: Requirements, target: Path, options: list[str]
    ) -> None:
        names = ", ".join(requirements.lines[:3]) + (" …" if len(requirements.lines) > 3 else "")
        self.say(f"installing the packages of {recipe.logical_id}: {names}")
        path = folder / FILE
        install(["--requirement", str(path), *options], target, what=path, cwd=folder)

    def _node_function(self, recipe: Recipe, folder: Path) -> Built:
        """Return a function of Node.js: what it imports is installed and bundled here where it runs."""
        if not self._for_aws:
            return Built(folder)
        if recipe.method == ESBUILD:
            raise TemplateError(
                f"{recipe.logical_id}: BuildMethod esbuild is done here where functions run, not for AWS: "
                "run `sam build` and deploy .aws-sam/build/template.yaml"
            )
        packages = self._node_packages(recipe, folder)
        return Built(folder, (packages,) if packages else ())

    def _layer(self, recipe: Recipe, folder: Path) -> Path:
        """Return a layer's folder: its own files and its packages where its runtime looks for them."""
        packages = (
            self._python_packages(recipe, folder)
            if recipe.method == PYTHON
            else self._node_packages(recipe, folder)
        )
        laid_out = (folder / recipe.inside).is_dir()
        key = fingerprint(recipe.inside, str(packages), folder)

        def lay_out(target: Path) -> None:
            inside = target / recipe.inside
            inside.mkdir()
            for source in filter(None, (packages,)):
                _copy(source, inside)
            _copy(folder, target if laid_out else inside)

        return cached(f"layer-{key}", lay_out)

    def _node_packages(self, recipe: Recipe, folder: Path) -> Path | None:
        present = [folder / name for name in _NPM_FILES if (folder / name).is_file()]
        if not (folder / "package.json").is_file() or (folder / "node_modules").is_dir():
            return None
        npm = shutil.which("npm")
        if npm is None:
            raise TemplateError(f"{recipe.logical_id}: its packages are installed by npm, which is not there")

        def installed(target: Path) -> None:
            self.say(f"installing the packages of {recipe.logical_id}: package.json")
            for path in present:
                shutil.copy(path, target)
            locked = any("lock" in path.name or "shrinkwrap" in path.name for path in present)
            command = [npm, "ci" if locked else "install", "--omit=dev", "--no-audit", "--no-fund"]
            self._run(command, target, f"{folder / 'package.json'}: npm")

        key = fingerprint(platform.system(), platform.machine(), *present)
        return cached(f"node-{key}", installed)

    def _build(self, recipe: Recipe, folder: Path) -> Path:
        """Return what a folder's own makefile puts into ``ARTIFACTS_DIR``."""
        makefile = folder / "Makefile"
        if not makefile.is_file():
            raise TemplateError(f"{recipe.logical_id}: BuildMethod makefile, and there is no {makefile}")
        make = shutil.which("make")
        if make is None:
            raise TemplateError(f"{recipe.logical_id}: BuildMethod makefile, and there is no make")
        goal = f"build-{recipe.logical_id}"

        def build(target: Path) -> None:
            self.say(f"building {recipe.logical_id}: make {goal}")
            scratch = target / "scratch"
            _copy(folder, scratch)
            result = target / "result"
            result.mkdir()
            self._run([make, goal, f"ARTIFACTS_DIR={result}"], scratch, f"{makefile}: make {goal}", result)
            shutil.rmtree(scratch)

        name = f"make-{fingerprint(recipe.logical_id, recipe.runtime, recipe.architecture, folder)}"
        return cached(name, build) / "result"

    @staticmethod
    def _run(command: list[str], folder: Path, what: str, artefacts: Path | None = None) -> None:
        environment = {**os.environ, **({"ARTIFACTS_DIR": str(artefacts)} if artefacts else {})}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            output_lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            raise TemplateError(f"{what} failed ({done.returncode}): {' / '.join(output_lines[-4:])}")


def _copy(source: Path, target: Path) -> None:
    """Copy a folder's files as an archive would have them."""
    for name, path in walk(source):
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, destination)
