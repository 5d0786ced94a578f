"""What only the engine's services know of resources, for the actions that calls need."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.engine.ministack.dynamodb import dynamodb
from localcloud.engine.ministack.dynamodb_streams import dynamodb_streams
from localcloud.engine.ministack.kms import kms
from localcloud.engine.ministack.secretsmanager import secretsmanager
from localcloud.engine.ministack.tagging import tagging
from localcloud.engine.patching import Record
from localcloud.states.facade import StepFunctions


class EngineLookups:
    """Looks resources up in the services' stores, in the account and region of the call that is decided.

    Attributes
    ----------
    workflows
        Step Functions, once it is there.
    """

    workflows: StepFunctions | None = None

    def task_machine(self, token: str) -> str | None:
        """Return the ARN of the state machine whose task a token is of."""
        for region in () if self.workflows is None else self.workflows.regions.values():
            waiting = region.tokens.find(token)
            if waiting is not None:
                return waiting.machine or None
        return None

    def partition_key(self, table: str) -> str | None:
        """Return the name of a table's partition key."""
        record: Record | None = dynamodb.tables.get(table.rpartition("/")[2])
        return None if record is None else str(record.get("pk_name") or "") or None

    def secret_arn(self, name: str) -> str | None:
        """Return the ARN of a secret, with the six characters that Secrets Manager adds."""
        _key, secret = secretsmanager.resolve(name)
        return None if secret is None else str(secret["ARN"])

    def key_arn(self, alias: str) -> str | None:
        """Return the ARN of the key that an alias stands for."""
        record: Record | None = kms.resolve_key(alias)
        return None if record is None else str(record["Arn"])

    def iterator_stream(self, iterator: str) -> str | None:
        """Return the ARN of the stream of a table that a shard iterator is of."""
        token = dynamodb_streams.decode_iterator(iterator)
        return str(token.get("arn") or "") or None if isinstance(token, dict) else None

    def subscription_topic(self, subscription: str) -> str | None:
        """Return the ARN of a subscription's topic."""
        return subscription.rpartition(":")[0] or None


def tags_of(resource: str) -> Mapping[str, str]:
    """Return a resource's tags, as ``aws:ResourceTag`` conditions ask for them."""
    tags: dict[str, str] | None = tagging.resource_tags(resource)
    return tags or {}
