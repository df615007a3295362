"""Bundles: the synthesized workspaces of one digest, kept so that going back builds nothing.

A bundle is a reproducible tar in the evidence bucket with a manifest of digests inside.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import WorldError
from app.pipeline.terraform import JSON_FILE

MANIFEST = "bundle.json"
_LOCK = Path(__file__).parent.parent / "config" / "terraform.lock.hcl"
LOCK_NAME = "terraform.lock.hcl"
# Written by cdktf: which workspace needs which.
ORDER_NAME = "manifest.json"


class BundleCorrupted(WorldError):
    """A bundle is not what was stored; nothing of it was used."""


def seal(directory: Path, *, digest: str) -> None:
    """Add the lock file and the manifest to synthesized workspaces."""
    shutil.copyfile(_LOCK, directory / LOCK_NAME)
    files = {str(file.relative_to(directory)): _sha256(file) for file in _files(directory)}
    manifest = {"digest": digest, "files": files}
    text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8")


def verify(directory: Path, *, digest: str) -> None:
    """Compare every file with the manifest. BundleCorrupted names the first that differs."""
    try:
        manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
        promised = dict(manifest["files"])
        sealed_for = manifest["digest"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _corrupted(digest, "it has no readable manifest") from error
    if sealed_for != digest:
        raise _corrupted(digest, f"it was made for {sealed_for}")
    found = {str(file.relative_to(directory)): _sha256(file) for file in _files(directory)}
    for name in sorted(promised.keys() | found.keys()):
        if promised.get(name) != found.get(name):
            raise _corrupted(digest, f"{name} is not what was stored")


def pack(directory: Path) -> bytes:
    """Return a tar that depends only on the names and contents of the files."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in [*_files(directory), directory / MANIFEST]:
            content = file.read_bytes()
            entry = tarfile.TarInfo(str(file.relative_to(directory)))
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


def unpack(content: bytes, *, into: Path, digest: str) -> None:
    """Unpack and verify into `into`, which appears complete or not at all."""
    with appearing(into) as directory:
        try:
            with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
                archive.extractall(directory, filter="data")
        except (tarfile.TarError, OSError, EOFError, ValueError) as error:
            raise _corrupted(digest, "it cannot be unpacked") from error
        verify(directory, digest=digest)


@contextmanager
def appearing(final: Path) -> Iterator[Path]:
    """Give a directory to fill, and move it to `final` only when all went well."""
    final.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=final.parent, prefix=".making-") as name:
        directory = Path(name) / "content"
        directory.mkdir()
        yield directory
        if final.exists():
            shutil.rmtree(final)
        directory.rename(final)


def _files(directory: Path) -> list[Path]:
    """List what belongs to the bundle, in a fixed order."""
    beside = (directory / LOCK_NAME, directory / ORDER_NAME)
    kept = [file for file in beside if file.is_file()]
    for workspace in sorted((directory / "stacks").glob(f"*/{JSON_FILE}")):
        kept.extend(sorted(file for file in workspace.parent.rglob("*") if file.is_file()))
    return kept


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _corrupted(digest: str, why: str) -> BundleCorrupted:
    return BundleCorrupted(
        f"the bundle {digest[:12]} was refused: {why}",
        remedy="find out who changed it, then replace it: payshift deliver --rebuild",
    )
