"""Refreshes the roots of Amazon's databases from the bundle that Amazon publishes."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from pathlib import Path

from app.config.authorities import (
    CERTIFICATES,
    NotCertificates,
    aws_authorities,
    certificates,
    common_name_occurs,
)
from app.errors import InputError, WorldError

# https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.SSL.html
BUNDLE_URL = "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
# The kinds of root of which an instance uses one (`ca_cert_identifier`); the commonest first.
KINDS = ("RSA2048", "RSA4096", "ECC384")
_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """A region's file, and whether it differs from what Amazon publishes."""

    file: Path
    differs: bool


def refresh(
    *, region: str, bundle: Path | None, write: bool, directory: Path = CERTIFICATES
) -> Refreshed:
    """Compare a region's file with the bundle (Amazon's when None), and write it if asked to.

    InputError when the bundle is not one; WorldError when Amazon does not answer.
    """
    text = _download() if bundle is None else _read(bundle)
    wanted = regional_roots(text, region=region)
    file = directory / aws_authorities(region)
    differs = not file.is_file() or file.read_text(encoding="ascii") != wanted
    if differs and write:
        file.write_text(wanted, encoding="ascii")
    return Refreshed(file=file, differs=differs)


def regional_roots(bundle: str, *, region: str) -> str:
    """Return the PEM text of a region's roots, one of each kind, in a fixed order."""
    try:
        known = certificates(bundle.replace("\r\n", "\n"))
    except NotCertificates as error:
        message = f"this is no bundle of certificates: {error}"
        raise InputError(message, remedy=f"take {BUNDLE_URL}") from error
    roots = []
    for kind in KINDS:
        name = f"Amazon RDS {region} Root CA {kind} G1"
        found = sorted(one for one in known if common_name_occurs(one, name))
        if len(found) != 1:
            message = f"the bundle holds {len(found)} certificates named {name}"
            raise InputError(message, remedy=f"take {BUNDLE_URL}, and a region that exists")
        roots.append(found[0].rstrip("\n"))
    return "\n".join(roots) + "\n"


def _read(bundle: Path) -> str:
    try:
        return bundle.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{bundle} cannot be read: {error.strerror}"
        raise InputError(message, remedy=f"download {BUNDLE_URL} to it") from error


def _download() -> str:
    try:
        with urllib.request.urlopen(BUNDLE_URL, timeout=_SECONDS) as answer:
            return str(answer.read().decode("ascii"))
    except (OSError, UnicodeDecodeError) as error:
        message = f"Amazon's bundle cannot be downloaded: {error}"
        raise WorldError(message, remedy="download it elsewhere and name it: --bundle") from error
