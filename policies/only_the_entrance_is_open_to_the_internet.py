"""The internet reaches the load balancer by HTTPS, and by HTTP to be sent there."""

from policies.base import Policy, Resource, reference, words

OPEN_PORTS = (80, 443)
ANYWHERE = {"0.0.0.0/0", "::/0"}


class OnlyTheEntranceIsOpenToTheInternet(Policy):
    """Ensure that the internet reaches ports 443 and 80 of load balancers and nothing else."""

    number = 14
    resources = (
        "aws_default_security_group",
        "aws_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
    )
    keys = ("cidr_ipv4", "cidr_ipv6", "from_port", "to_port", "security_group_id")

    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether a rule that lets anyone in is one of the entrance's.

        Rules inside a group are refused altogether: cdktf writes them with nulls that hide ports.
        """
        if resource.kind in {"aws_default_security_group", "aws_security_group"}:
            return resource.planned or not resource.blocks("ingress")
        if resource.kind == "aws_security_group_rule":
            return False
        addresses = {resource.value("cidr_ipv4"), resource.value("cidr_ipv6")}
        if not addresses & ANYWHERE:
            return True
        ports = (resource.value("from_port"), resource.value("to_port"))
        if resource.value("ip_protocol") != "tcp" or ports not in {
            (one, one) for one in OPEN_PORTS
        }:
            return False
        return resource.planned or _is_the_entrance(resource)


def _is_the_entrance(resource: Resource) -> bool:
    """Tell whether the rule's group is one that a load balancer has, and that only it has."""
    group = reference(resource.value("security_group_id"))
    users = {
        kind
        for kind, named in resource.document()["resource"].items()
        for one in named.values()
        if group in map(reference, words(one.get("security_groups") or ()))
    }
    return users == {"aws_lb"}


check = OnlyTheEntranceIsOpenToTheInternet()
