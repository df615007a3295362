"""Release colours: releases of the payment API that stand side by side inside AWS."""

from __future__ import annotations

COLOURS = ("blue", "green")
"""Each is a function of its own, with an image of its own: the one that waits is the way back."""


def payment_api(colour: str) -> str:
    """Purpose of a colour's function, which `Names.function` makes its name of."""
    return f"payment-api-{colour}"
