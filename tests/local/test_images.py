"""Lambda takes only images that somebody has pushed."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.local.world import World, push_image

pytestmark = pytest.mark.slow


def test_an_image_that_nobody_pushed_is_refused(world: World) -> None:
    lambda_ = world.client("lambda")
    known = push_image(world.endpoint)
    missing = [
        known.replace("/test@", "/nowhere@"),
        known.replace("sha256:a", "sha256:b"),
    ]
    for uri in missing:
        with pytest.raises(ClientError, match=r"InvalidParameterValue.*does not exist"):
            lambda_.update_function_code(FunctionName="echo", ImageUri=uri)
    before = lambda_.get_function_configuration(FunctionName="echo")["CodeSha256"]
    lambda_.update_function_code(
        FunctionName="echo", ImageUri=push_image(world.endpoint, digest="c" * 64)
    )
    after = lambda_.get_function_configuration(FunctionName="echo")["CodeSha256"]
    assert (before, after) == ("a" * 64, "c" * 64)
    lambda_.update_function_code(FunctionName="echo", ImageUri=known)
