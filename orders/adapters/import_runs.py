"""`ImportRuns` on Step Functions: the import's id is the execution's name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orders.errors import StartThrottled
from orders.imports.model import ImportId

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class StepFunctionsImports:
    """Starts executions of one state machine."""

    def __init__(self, client: SFNClient, machine_arn: str) -> None:
        self._client = client
        self._arn = machine_arn

    def start(self, import_id: ImportId, document: Mapping[str, object]) -> None:
        """Start the import's execution, if there was none."""
        try:
            self._client.start_execution(
                stateMachineArn=self._arn,
                name=import_id,
                input=json.dumps(document, separators=(",", ":")),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return
        except ClientError as error:
            if error.response["Error"]["Code"] == "ThrottlingException":
                raise StartThrottled from error
            raise
