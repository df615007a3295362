"""AWS Step Functions: the transitions of standard workflows."""

from __future__ import annotations

from app.pipeline.cost.line import Context
from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.registry import Bill, priced
from app.pipeline.cost.resource import Resource

# The start of a part's own execution, its only state, and its end.
_TRANSITIONS_A_PART = 3


@priced("aws_sfn_state_machine", service="Step Functions")
def state_machine(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the transitions. Those of express workflows are free, and their time is not."""
    if resource.text("type", "STANDARD") != "STANDARD":
        where = f"{resource.workspace}: {resource.address}"
        message = f"{where} has no price: it is an express workflow"
        raise Unpriced(message, remedy="make it a standard one, or add the price of its duration")
    parts = context.shared(resource, context.usage.comparison_parts_per_month)
    how = f"comparison_parts_per_month * {_TRANSITIONS_A_PART} transitions"
    bill.add(
        "transitions", parts * _TRANSITIONS_A_PART / 1e3, "state_transitions_thousand", how=how
    )
