"""What manages the rest: CloudFormation, Systems Manager, Budgets, Terraform itself."""

from __future__ import annotations

from app.pipeline.cost.line import Context
from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource

free(
    "AWS::*, Alexa::* and Custom::* resources cost nothing in a stack; the functions that custom "
    "resources call are billed as Lambda's",
    "aws_cloudformation_stack",
)
free("budgets without actions cost nothing", "aws_budgets_budget")
free("lives in Terraform's state only", "terraform_data")


@priced("aws_ssm_parameter", service="Systems Manager")
def parameter(resource: Resource, _context: Context, _bill: Bill) -> None:
    """Standard parameters cost nothing; tiers that are billed have no price."""
    tier = resource.text("tier", "Standard")
    if tier != "Standard":
        message = f"{resource.workspace}: {resource.address} has no price: its tier is {tier}"
        raise Unpriced(message, remedy="write tier: Standard, or add the price of that tier")
