"""What is used of the parameter store and of Secrets Manager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class ParameterStore(Protocol):
    """boto3's client for SSM, as far as it is used."""

    def put_parameter(self, **parameter: str | bool) -> object:
        """Store a value."""
        ...

    def get_parameters(self, *, Names: Sequence[str]) -> Mapping[str, Sequence[str]]:  # noqa: N803
        """Return the values of up to ten parameters, and the names of those that are not there."""
        ...


class SecretStore(Protocol):
    """boto3's client for Secrets Manager, as far as it is used."""

    def create_secret(self, *, Name: str, SecretString: str) -> object:  # noqa: N803
        """Store a secret."""
        ...

    def put_secret_value(self, *, SecretId: str, SecretString: str) -> object:  # noqa: N803
        """Store another value of a secret."""
        ...

    def describe_secret(self, *, SecretId: str) -> object:  # noqa: N803
        """Return what is known of a secret."""
        ...
