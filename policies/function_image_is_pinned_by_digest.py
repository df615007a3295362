"""What runs is what was reviewed: an image's digest cannot be moved."""

import re

from policies.base import UNKNOWN_UNTIL_APPLY, Policy, Resource

_DIGEST = re.compile(r".+@sha256:[0-9a-f]{64}")


class FunctionImageIsPinnedByDigest(Policy):
    """Ensure that functions run container images that are pinned by digest."""

    number = 16
    resources = ("aws_lambda_function",)
    keys = ("package_type", "image_uri")

    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether the image is named by digest; a plan may not know its name yet."""
        if resource.value("package_type") != "Image":
            return False
        image = resource.value("image_uri")
        if image == UNKNOWN_UNTIL_APPLY:
            return None
        return bool(_DIGEST.fullmatch(str(image)))


check = FunctionImageIsPinnedByDigest()
