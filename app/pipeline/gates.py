"""Tells a gate that said no from a Terraform that broke."""

from __future__ import annotations

import re

from app.errors import Diagnostic, TerraformFailed
from app.pipeline.terraform_messages import cloudformation_reasons

_STACK_ENDED = re.compile(r"\b(?:CREATE|UPDATE|DELETE|ROLLBACK)_[A-Z_]*(?:COMPLETE|FAILED)\b")
_CONDITION = re.compile(r"^Resource (?:pre|post)condition failed$")


def gate_reasons(error: TerraformFailed) -> tuple[str, ...]:
    """Return why gates or handovers refused; empty when something else failed.

    The checks run as custom resources, so their no arrives as a CloudFormation stack that rolled
    back, with the check, its figure and its limit among the reasons.
    """
    found: list[str] = []
    for one in error.diagnostics:
        found.extend(_reasons(one))
    return tuple(dict.fromkeys(found))


def _reasons(diagnostic: Diagnostic) -> tuple[str, ...]:
    text = f"{diagnostic.summary}\n{diagnostic.detail}"
    if "aws_cloudformation_stack." in diagnostic.address and _STACK_ENDED.search(text):
        return cloudformation_reasons(text) or (text.strip(),)
    if _CONDITION.match(diagnostic.summary):
        return (diagnostic.detail.strip(),)
    return ()
