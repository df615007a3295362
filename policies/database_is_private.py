"""Databases and what replicates them have no public address."""

from policies.base import Policy, Resource


class DatabaseIsPrivate(Policy):
    """Ensure that nothing that holds payments can be reached from the internet.

    Said, not left out: the default of DMS is public.
    """

    number = 1
    resources = ("aws_db_instance", "aws_dms_replication_instance", "aws_rds_cluster_instance")
    keys = ("publicly_accessible",)

    def is_met(self, resource: Resource) -> bool:
        """Tell whether it says that it is private."""
        return resource.value("publicly_accessible") is False


check = DatabaseIsPrivate()
