"""Subnet groups: the subnets that were asked for, not one that nobody knows."""

from __future__ import annotations

from moto.dms.models import DatabaseMigrationServiceBackend, FakeReplicationSubnetGroup
from moto.ec2.models import ec2_backends

from app.local.cloud.dms.request import Record
from app.local.cloud.replacing import replace


def adapt() -> None:
    """Adapt moto's DMS."""
    create = replace(DatabaseMigrationServiceBackend, "create_replication_subnet_group", None)
    describe = replace(FakeReplicationSubnetGroup, "to_dict", None)

    def create_replication_subnet_group(
        self: DatabaseMigrationServiceBackend, subnet_ids: list[str], **parameters: object
    ) -> FakeReplicationSubnetGroup:
        group: FakeReplicationSubnetGroup = create(self, subnet_ids=subnet_ids, **parameters)
        subnets = ec2_backends[self.account_id][self.region_name].describe_subnets(subnet_ids)
        _places[group] = {
            "VpcId": subnets[0].vpc_id,
            "Subnets": [
                {
                    "SubnetIdentifier": subnet.id,
                    "SubnetAvailabilityZone": {"Name": subnet.availability_zone},
                    "SubnetStatus": "Active",
                }
                for subnet in subnets
            ],
        }
        name = group.replication_subnet_group_identifier
        # Terraform asks for the tags of the ARN, moto keeps those of the name.
        arn = f"arn:aws:dms:{self.region_name}:{self.account_id}:subgrp:{name}"
        self.tag_resource(arn, self.tagger.get_tag_dict_for_resource(name))
        return group

    def to_dict(self: FakeReplicationSubnetGroup) -> Record:
        return {**describe(self), **_places[self]}

    replace(
        DatabaseMigrationServiceBackend,
        "create_replication_subnet_group",
        create_replication_subnet_group,
    )
    replace(FakeReplicationSubnetGroup, "to_dict", to_dict)


_places: dict[FakeReplicationSubnetGroup, Record] = {}
