"""Certificates for whatever name is asked for, by an authority that lives as long as the local cloud."""

from __future__ import annotations

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

_EARLIER: Final = timedelta(days=1)
_LIFE: Final = timedelta(days=30)
_MOST: Final = 500
LOOPBACK: Final = ("127.0.0.1", "localhost")


class Certificates:
    """Creates them on demand: a local cloud whose proxy is not used creates none."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._contexts: dict[str, ssl.SSLContext] = {}

    def close(self) -> None:
        """Remove the files that they were read from."""
        if self._folder is not None:
            self._folder.cleanup()

    @cached_property
    def authority(self) -> bytes:
        """The authority's certificate (PEM)."""
        from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - 20 ms, if used

        return self._authority[1].public_bytes(Encoding.PEM)

    @cached_property
    def context(self) -> ssl.SSLContext:
        """What serves TLS: with a certificate of loopback, or of the name that a client asks for."""
        context = self._context_of(LOOPBACK)
        context.sni_callback = self._select
        return context

    def _select(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        if name is not None:
            if name not in self._contexts:
                if len(self._contexts) >= _MOST:
                    self._contexts.clear()
                self._contexts[name] = self._context_of((name,))
            connection.context = self._contexts[name]

    def _context_of(self, names: tuple[str, ...]) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="localcloud-tls-")
        chain = Path(self._folder.name) / "chain.pem"
        chain.write_bytes(self._issued(names))
        context.load_cert_chain(chain)
        return context

    def _issued(self, names: tuple[str, ...]) -> bytes:
        """Return a key and its certificate (PEM)."""
        from cryptography import x509  # noqa: PLC0415
        from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        issuer_key, issuer = self._authority
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [
            x509.IPAddress(ip_address(name))
            if name[0].isdigit() and name[-1].isdigit()
            else x509.DNSName(name)
            for name in names
        ]
        certificate = (
            _builder(names[0][:64], issuer.subject, key.public_key())
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
            )
            .sign(issuer_key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return secret + certificate.public_bytes(pem)

    @cached_property
    def _authority(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        from cryptography import x509  # noqa: PLC0415
        from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
        from cryptography.x509.oid import NameOID  # noqa: PLC0415

        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localcloud")])
        usage = x509.KeyUsage(
            digital_signature=False, key_cert_sign=True, crl_sign=True, content_commitment=False,
            key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
            decipher_only=False,
        )  # fmt: skip
        certificate = (
            _builder("localcloud", subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return key, certificate


def _builder(common: str, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)]))
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + _LIFE)
    )
