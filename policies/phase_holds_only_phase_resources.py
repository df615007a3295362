"""A phase workspace holds what differs between phases: applying it can touch nothing else."""

from policies.base import Policy, Resource

OF_A_PHASE = ("aws_cloudformation_stack", "aws_route53_record", "aws_ssm_parameter")


class PhaseHoldsOnlyPhaseResources(Policy):
    """Ensure that phase workspaces hold traffic weights, features and custom resources only."""

    number = 12
    resources = ("*",)
    keys = ()

    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether a phase may hold a resource of this kind."""
        if not resource.workspace.startswith("phase-"):
            return None
        return resource.kind in OF_A_PHASE


check = PhaseHoldsOnlyPhaseResources()
