"""The key that signs messages: made once, when there is a first subscription, and kept with the state."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Final

from localcloud.deliveries.facade import Signer
from localcloud.engine.patching import Record

AUTHORITY: Final = "ca.pem"


class Keys:
    """Keeps the signer.

    Parameters
    ----------
    region
        The Region that the certificate names.
    """

    def __init__(self, region: str) -> None:
        self._region = region
        self._lock = threading.Lock()
        self._signer: Future[Signer] | None = None

    def prepare(self) -> None:
        """Begin to make the key: it takes a tenth of a second, which no message should wait for."""
        with self._lock:
            if self._signer is not None:
                return
            self._signer = Future()
        threading.Thread(target=self._generate, args=(self._signer,), daemon=True, name="sns-key").start()

    def _generate(self, result: Future[Signer]) -> None:
        try:
            result.set_result(Signer.generate(self._region))
        except Exception as error:
            result.set_exception(error)

    def signer(self) -> Signer:
        """Return the signer."""
        self.prepare()
        assert self._signer is not None
        return self._signer.result()

    def file(self, name: str) -> bytes | None:
        """Return a certificate by its file name, or the authority's (``ca.pem``); None for anything else."""
        signer = self.signer()
        return {signer.name: signer.certificate, AUTHORITY: signer.authority}.get(name)

    def saved(self) -> Record | None:
        """Return what is to be kept over a stop."""
        return dict(self._signer.result().saved()) if self._signer is not None else None

    def load(self, saved: Record | None) -> None:
        """Take what was kept; without it, or when it is broken, create a new key."""
        if saved:
            with suppress(ValueError):
                signer = Signer.load(saved)
                self._signer = Future()
                self._signer.set_result(signer)
