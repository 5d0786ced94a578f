"""The certificates that SNS signs with: only from SNS's own address, only with a chain to a trusted root.

AWS serves the signing certificate alone. The ones between it and a root come with it where they do, else
from the address that the certificate itself names (AIA), which for AWS is ``*.amazontrust.com``.
"""

from __future__ import annotations

import re
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509.oid import AuthorityInformationAccessOID

from clients.webhooks.errors import UntrustedCertificate

HOST = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}\.amazonaws\.com(?:\.cn)?")
ADDRESS = re.compile(rf"https://{HOST.pattern}/SimpleNotificationService-[0-9a-zA-Z]{{1,64}}\.pem")
ISSUERS = re.compile(r"[a-z0-9.-]+\.amazontrust\.com")
NAME = re.compile(r"sns(?:\.[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?")

LARGEST = 65_536
"""Bytes of a certificate that are read."""

MOST = 16
"""Certificates that are kept; SNS changes its own about once a year."""

DEEPEST = 5
"""Certificates of a chain."""

Fetch = Callable[[str], bytes]
"""From an address to what is there; ``OSError`` when nothing is."""


def fetch(url: str) -> bytes:
    """Return what is at ``url``, following nowhere else; https is checked by the system's roots."""

    class _Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object, **__: object) -> None:
            return None

    opener = urllib.request.build_opener(_Stay)
    with opener.open(url, timeout=5) as answer:
        body: bytes = answer.read(LARGEST)
        return body


def fetch_from(base: str) -> Fetch:
    """Return what fetches certificates from another server, under the same path: a local cloud's.

    Which addresses are taken does not change, and the chain has to end at the roots that are given.
    """

    def fetch_there(url: str) -> bytes:
        return fetch(base.rstrip("/") + urlsplit(url).path)

    return fetch_there


def system_roots() -> list[x509.Certificate]:
    """Return the roots that the system trusts.

    Raises
    ------
    UntrustedCertificate
        The system has no file of them.
    """
    roots = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not roots:
        raise UntrustedCertificate("The system has no file of trusted certificates: give one.")
    return [x509.load_der_x509_certificate(root) for root in roots]


class Certificates:
    """Finds the public key behind a ``SigningCertURL``; each certificate is fetched once. Thread-safe.

    Parameters
    ----------
    roots : path or callable, optional
        A PEM file of the authorities to trust instead of the system's, or what returns its contents when
        they are first needed (and raises ``OSError``), such as from a local cloud.
    fetch : callable, optional
        Gets what is at an address.
    now : callable, optional
        The time, aware, against which dates are held.

    Examples
    --------
    >>> Certificates().key("https://evil.example/SimpleNotificationService-1.pem")
    Traceback (most recent call last):
    ...
    clients.webhooks.errors.UntrustedCertificate: The certificate is not at an address of SNS's.
    """

    def __init__(
        self,
        roots: Path | Callable[[], bytes] | None = None,
        *,
        fetch: Fetch = fetch,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = roots
        self._fetch = fetch
        self._now = now
        self._roots: list[x509.Certificate] | None = None
        self._chains: dict[str, list[x509.Certificate]] = {}
        self._lock = threading.Lock()

    def key(self, url: str) -> RSAPublicKey:
        """Return the public key of the certificate at ``url``.

        Raises
        ------
        UntrustedCertificate
        """
        check_address(url)
        with self._lock:
            chain = self._chains.get(url)
            if chain is None:
                chain = self._chain(url)
                while len(self._chains) >= MOST:
                    del self._chains[next(iter(self._chains))]
                self._chains[url] = chain
        # The dates each time: a process lives longer than a certificate may.
        now = self._now()
        for certificate in chain:
            if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
                raise UntrustedCertificate("A certificate of the chain is not valid yet, or no longer.")
        key = chain[0].public_key()
        if not isinstance(key, RSAPublicKey):
            raise UntrustedCertificate("SNS does not sign with a key of the certificate's kind.")
        return key

    def _chain(self, url: str) -> list[x509.Certificate]:
        """Return the certificate at ``url`` and all above it, up to a root that is trusted."""
        leaf, *others = self._load(url)
        if not any(NAME.fullmatch(name) for name in _names(leaf)):
            raise UntrustedCertificate("The certificate is not SNS's own.")
        if self._roots is None:
            self._roots = system_roots() if self._source is None else _roots_from(self._source)
        chain = [leaf]
        while len(chain) < DEEPEST:
            last = chain[-1]
            root = _issuer(last, self._roots)
            if root is not None:
                return [*chain, root]
            above = _issuer(last, others) or _issuer(last, self._named(last))
            if above is None or above in chain:
                break
            chain.append(above)
        raise UntrustedCertificate("The certificate's chain does not end at a trusted authority.")

    def _named(self, certificate: x509.Certificate) -> Sequence[x509.Certificate]:
        """Return what is at the address where the certificate says its issuer is, if that is AWS's."""
        try:
            access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
        except (x509.ExtensionNotFound, ValueError):
            return ()
        for description in access:
            where = description.access_location
            if (
                description.access_method == AuthorityInformationAccessOID.CA_ISSUERS
                and isinstance(where, x509.UniformResourceIdentifier)
                and ISSUERS.fullmatch(urlsplit(where.value).hostname or "")
            ):
                # By http, as AIA is: what comes is believed for its signature alone.
                return self._load(where.value)
        return ()

    def _load(self, url: str) -> list[x509.Certificate]:
        try:
            content = self._fetch(url)
        except OSError as error:
            raise UntrustedCertificate(
                f"The certificate cannot be fetched ({type(error).__name__})."
            ) from None
        try:
            if content.lstrip().startswith(b"-----BEGIN"):
                return x509.load_pem_x509_certificates(content)
            return [x509.load_der_x509_certificate(content)]
        except ValueError:
            raise UntrustedCertificate("What is at the certificate's address is none.") from None


def check_address(url: str) -> None:
    """Raise ``UntrustedCertificate`` unless ``url`` is of the form of SNS's signing certificates."""
    # The text itself, not its parts: a parser leaves out what it does not like.
    if not ADDRESS.fullmatch(url):
        raise UntrustedCertificate("The certificate is not at an address of SNS's.")


def _issuer(certificate: x509.Certificate, candidates: Iterable[x509.Certificate]) -> x509.Certificate | None:
    """Return the one that has issued ``certificate`` and may issue any."""
    for candidate in candidates:
        if candidate.subject != certificate.issuer or not _may_issue(candidate):
            continue
        try:
            certificate.verify_directly_issued_by(candidate)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return candidate
    return None


def _may_issue(certificate: x509.Certificate) -> bool:
    try:
        extensions = certificate.extensions
        if not extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        return extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound as error:
        # An authority need not restrict what its key is for; but that it is one must be said.
        return error.oid == x509.KeyUsage.oid
    except ValueError:
        return False


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return names.get_values_for_type(x509.DNSName)


def _roots_from(source: Path | Callable[[], bytes]) -> list[x509.Certificate]:
    try:
        content = source.read_bytes() if isinstance(source, Path) else source()
        return x509.load_pem_x509_certificates(content)
    except (OSError, ValueError) as error:
        name = source if isinstance(source, Path) else "The authority's address"
        raise UntrustedCertificate(f"{name} holds no certificates to trust.") from error
