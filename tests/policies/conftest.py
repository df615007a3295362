"""The policies are tried on what production is synthesized to."""

from __future__ import annotations

from tests.synth.conftest import production

__all__ = ["production"]
