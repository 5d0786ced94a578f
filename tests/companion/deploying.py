"""The companion's own deployment, run as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.forked import Ended, run
from tests.localcloud.running import Running

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationTypeDef

STAGE = "local"


@dataclass(frozen=True)
class Deployment:
    """A local cloud, and a folder to deploy from."""

    cloud: Running
    project: Path
    ready_file: Path

    def environment(self) -> dict[str, str]:
        """Return what tells an AWS SDK where the cloud is, and nothing of this test's own settings."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return inherited | {
            "AWS_ENDPOINT_URL": self.cloud.engine,
            "AWS_ACCESS_KEY_ID": self.cloud.credentials["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": self.cloud.credentials["secret_access_key"],
            "AWS_DEFAULT_REGION": str(self.cloud.ready["region"]),
        }

    def run(self, command: str, *arguments: str) -> Ended:
        """Run ``tools/companion.py``."""
        words = ["--stage", STAGE, "--project-dir", str(self.project), "--ready-file", str(self.ready_file)]
        return run("tools.companion", command, *words, *arguments, environment=self.environment())

    def chalice(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run Chalice itself in the project."""
        return subprocess.run(
            [str(Path(sys.executable).with_name("chalice")), command, "--stage", STAGE],
            cwd=self.project,
            env=self.environment() | {"PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    def client(self, service: str) -> Any:
        """Return a boto3 client of the cloud."""
        return self.cloud.session().client(service, endpoint_url=self.cloud.engine)  # type: ignore[call-overload]

    def state(self) -> dict[str, dict[str, str]]:
        """Return what Chalice remembers to have deployed, by name."""
        document = json.loads((self.project / ".chalice" / "deployed" / f"{STAGE}.json").read_text())
        return {resource["name"]: resource for resource in document["resources"]}

    def mapping(self) -> EventSourceMappingConfigurationTypeDef:
        """Return how the worker reads its queue."""
        client: LambdaClient = self.client("lambda")
        [mapping] = client.list_event_source_mappings(FunctionName=f"orderwire-{STAGE}-start_orders")[
            "EventSourceMappings"
        ]
        return mapping
