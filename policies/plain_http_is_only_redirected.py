"""A client that forgot the s is told so, and nothing else is served in plain text."""

from policies.base import Policy, Resource


class PlainHttpIsOnlyRedirected(Policy):
    """Ensure that listeners speak TLS 1.2 or newer, or redirect to HTTPS."""

    number = 15
    resources = ("aws_lb_listener",)
    keys = ("default_action", "protocol", "ssl_policy")

    def is_met(self, resource: Resource) -> bool:
        """Tell whether a listener is one of the two."""
        if resource.value("protocol") == "HTTPS":
            return str(resource.value("ssl_policy")).startswith(
                ("ELBSecurityPolicy-TLS13-1-2-", "ELBSecurityPolicy-TLS13-1-3-")
            )
        return bool(
            resource.value("default_action", "type") == "redirect"
            and resource.value("default_action", "redirect", "protocol") == "HTTPS"
        )


check = PlainHttpIsOnlyRedirected()
