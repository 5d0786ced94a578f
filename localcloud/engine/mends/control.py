"""The AppSync data plane's control port, as the engine calls it."""

from __future__ import annotations

import urllib3

from localcloud.engine.patching import Record


class ControlPlane:
    """Opens and closes the addresses of APIs.

    Parameters
    ----------
    url
        The control endpoint.
    folder
        Which kind of API is meant: ``apis`` (GraphQL) or ``event-apis``.
    """

    def __init__(self, url: str, folder: str) -> None:
        self._url = f"{url}/{folder}"
        self._pool = urllib3.PoolManager(maxsize=4, retries=False, timeout=urllib3.Timeout(10))

    def open(self, api_id: str, name: str) -> Record:
        """Return the API's addresses.

        Called off the event loop, so that the data plane may read the engine before it answers.

        Raises
        ------
        ValueError
            The data plane did not answer with addresses.
        """
        try:
            answer = self._pool.request("POST", f"{self._url}/{api_id}", json={"name": name})
            addresses: Record = answer.json()
            if answer.status != 200:
                raise ValueError(addresses)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise ValueError(f"the AppSync data plane gave API {api_id} no address: {error!r}") from error
        return addresses

    def close(self, api_id: str) -> None:
        """Report that the API is gone; a data plane that is gone as well is no error."""
        try:
            self._pool.request("DELETE", f"{self._url}/{api_id}")
        except urllib3.exceptions.HTTPError:
            return
