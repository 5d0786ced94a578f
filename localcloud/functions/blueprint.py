"""Everything that makes up one environment's process; two environments are alike when it is equal."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import awslambdaric

from localcloud.functions.model import FunctionDefinition
from localcloud.functions.node_parts import NO_NODE_PARTS, NodeParts
from localcloud.functions.tied import tied
from localcloud.lambda_rules import (
    bootstrap_name,
    bootstrap_problem,
    find_bootstrap,
    is_bootstrapped,
    node_version,
)

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
SITE_PACKAGES = Path(awslambdaric.__file__).parent.parent
# All that a function may see of the machine it runs on: where programs and certificates are.
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SYSTEMROOT")


@dataclass(frozen=True)
class Blueprint:
    """A function's configuration, where its code lies, and what the code was like.

    Attributes
    ----------
    function : FunctionDefinition
        Without what does not change the process: see `of`.
    code, layers : Path
        Folders: the artefact's, and each layer's in the function's order.
    live : bool
        Whether a person may be editing the folders.
    fingerprint : str
        Stands for the code's state; another one means other environments.
    variables : Mapping
        How to reach the engine, and as whom.
    node : NodeParts
        Of Node.js functions.
    """

    function: FunctionDefinition
    code: Path
    layers: tuple[Path, ...]
    live: bool
    fingerprint: str
    variables: Mapping[str, str]
    node: NodeParts = NO_NODE_PARTS
    packages: tuple[Path, ...] = ()

    @property
    def is_node(self) -> bool:
        """Whether it is run by Node.js."""
        return node_version(self.function.runtime) > 0

    @property
    def is_python(self) -> bool:
        """Whether it is run by Python: else by Node.js, or by an executable of its own."""
        return not self.is_node and not is_bootstrapped(self.function.runtime)

    @cached_property
    def problem(self) -> str | None:
        """Why its artefact cannot run here; None where it can."""
        if not is_bootstrapped(self.function.runtime):
            return None
        return bootstrap_problem((self.code, *reversed(self.layers)), self._executable)

    @property
    def _executable(self) -> str:
        return bootstrap_name(self.function.runtime, self.function.handler)

    @property
    def task_root(self) -> Path:
        """The folder that a process runs in, and finds its handler in."""
        return self.node.built or self.code

    def command(self, parent: int | None = None) -> list[str]:
        """Return the arguments that start the process, by default as a child of this one.

        Raises
        ------
        localcloud.functions.node.NoNode
            It is a Node.js function's, and Node.js does not run.
        """
        if self.is_node:
            from localcloud.functions.node import command  # noqa: PLC0415 - only where there are such functions

            return command(self, parent or os.getpid())
        if not self.is_python:
            executable = find_bootstrap((self.code, *reversed(self.layers)), self._executable)
            return [*tied(), str(executable or self.code / self._executable)]
        live = "1" if self.live else "0"
        wrapper = self.wrapper
        return [
            *(() if wrapper is None else (str(wrapper),)),
            *(sys.executable, "-S", "-P", str(BOOTSTRAP), str(SITE_PACKAGES)),
            *(str(parent or os.getpid()), live),
        ]

    def environment(self, runtime_api: str) -> dict[str, str]:
        """Return the process's whole environment.

        Parameters
        ----------
        runtime_api : str
            ``host:port`` of this environment's own Runtime API.
        """
        function = self.function
        variables = inherited()
        variables["PATH"] = os.pathsep.join(
            [*(str(layer / "bin") for layer in self.layers), variables.get("PATH", os.defpath)]
        )
        variables.update(self.variables)
        variables.update(function.environment)
        # AWS refuses these names in a function's own variables, so they come last.
        variables.update(
            {
                "AWS_LAMBDA_RUNTIME_API": runtime_api,
                "AWS_LAMBDA_FUNCTION_NAME": function.name,
                "AWS_LAMBDA_FUNCTION_VERSION": function.version,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
                "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
                "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
                "AWS_LAMBDA_LOG_GROUP_NAME": self.log_group,
                "AWS_LAMBDA_LOG_STREAM_NAME": _STREAMS.get(runtime_api) or log_stream_name(function.version),
                "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
                "_HANDLER": function.handler,
                "LAMBDA_TASK_ROOT": str(self.task_root),
                "TZ": ":UTC",
                # The person's own profiles, regions and keys are no part of the local account.
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_EC2_METADATA_DISABLED": "true",
            }
        )
        variables.update(self._of_runtime())
        if function.log_format == "JSON":
            variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
            variables["AWS_LAMBDA_LOG_LEVEL"] = function.log_level or "INFO"
        return variables

    def _of_runtime(self) -> dict[str, str]:
        if self.is_node:
            from localcloud.functions.node import variables  # noqa: PLC0415 - as above

            return variables(self)
        if not self.is_python:
            return {"LAMBDA_RUNTIME_DIR": str(self.code)}
        return {
            "LAMBDA_RUNTIME_DIR": str(SITE_PACKAGES),
            "PYTHONPATH": os.pathsep.join(str(folder) for folder in self.import_path),
        }

    @property
    def log_group(self) -> str:
        """The log group that the function writes to."""
        return self.function.log_group or f"/aws/lambda/{self.function.name}"

    @cached_property
    def wrapper(self) -> Path | None:
        """The program that is started with the runtime's command line instead of the runtime.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html
        """
        path = self.function.environment.get("AWS_LAMBDA_EXEC_WRAPPER")
        if not path:
            return None
        if path.startswith("/var/task/"):
            return self.code / path.removeprefix("/var/task/")
        inside = path.removeprefix("/opt/")
        layers = [layer for layer in reversed(self.layers) if (layer / inside).is_file()]
        return layers[0] / inside if path.startswith("/opt/") and layers else Path(path)

    @cached_property
    def import_path(self) -> list[Path]:
        """The folders in which the function's own modules are, the first of which wins."""
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        folders = [self.code, *self.packages]
        # Layers are unpacked over one another in order, so the last one's files win.
        for layer in reversed(self.layers):
            folders += [layer / "python" / "lib" / version / "site-packages", layer / "python"]
        return [folder for folder in folders if folder.is_dir()]


def inherited() -> dict[str, str]:
    """Return the variables that each process has from the machine it runs on."""
    variables = {name: os.environ[name] for name in INHERITED if name in os.environ}
    variables.setdefault("LANG", "en_US.UTF-8")
    return variables


def parent_command(channel: int) -> list[str]:
    """Return the arguments that start the prepared parent, a child of this process that serves a socket."""
    own = str(os.getpid())
    return [sys.executable, "-S", "-P", str(BOOTSTRAP), str(SITE_PACKAGES), own, "0", str(channel)]


# Log streams by the address of their environment's Runtime API: what an environment and its process share.
_STREAMS: dict[str, str] = {}


def begin_log_stream(runtime_api: str, version: str) -> str:
    """Name the log stream of the environment that is behind an address, before its process starts."""
    name = _STREAMS[runtime_api] = log_stream_name(version)
    return name


def end_log_stream(runtime_api: str) -> None:
    """Forget it, when the address is another's."""
    _STREAMS.pop(runtime_api, None)


def log_stream_name(version: str) -> str:
    """Return a fresh log stream's name, as each environment has one of its own."""
    return f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{secrets.token_hex(16)}"
