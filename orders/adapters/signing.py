"""Signature Version 4, by botocore, which is imported when the first request needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.errors import ConfigurationError

if TYPE_CHECKING:
    from botocore.credentials import Credentials


class Signer:
    """Signs requests to one AWS service with the function's own role.

    Parameters
    ----------
    service, region : str
        What the signature is scoped to, such as ``appsync`` and ``eu-west-1``.
    """

    def __init__(self, service: str, region: str) -> None:
        self._service = service
        self._region = region
        self._credentials: Credentials | None = None

    def prepare(self) -> None:
        """Import what `sign` needs and find the credentials.

        Raises
        ------
        ConfigurationError
            When there are none.
        """
        import botocore.auth  # noqa: PLC0415
        import botocore.awsrequest  # noqa: F401, PLC0415

        self.credentials()

    def credentials(self) -> Credentials:
        """Return the role's credentials, found once; botocore renews them where they expire.

        Raises
        ------
        ConfigurationError
            When there are none.
        """
        if self._credentials is None:
            from botocore.session import get_session  # noqa: PLC0415 - takes 100 ms

            self._credentials = get_session().get_credentials()
        if self._credentials is None:
            raise ConfigurationError("There are no AWS credentials in the function's environment.")
        return self._credentials

    def sign(self, url: str, body: bytes, headers: dict[str, str]) -> dict[str, str]:
        """Return ``headers`` of a POST with those of its signature added."""
        from botocore.auth import SigV4Auth  # noqa: PLC0415
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415

        request = AWSRequest(method="POST", url=url, data=body, headers=headers)
        frozen = self.credentials().get_frozen_credentials()
        SigV4Auth(frozen, self._service, self._region).add_auth(request)
        return dict(request.headers.items())
