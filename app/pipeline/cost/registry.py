"""Which resource type is priced by what: modules of `pricers/` register themselves here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from app.pipeline.cost.line import Context, Line
from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.resource import Resource


class Bill:
    """Collects the lines of one resource; a pricer only says quantity, price and why."""

    def __init__(self, resource: Resource, context: Context, *, service: str) -> None:
        self._resource, self._context, self._service = resource, context, service
        self.lines: list[Line] = []

    def add(self, name: str, quantity: float, price: str, *, how: str) -> None:
        """Charge `quantity` (of one instance) at the price of that key."""
        resource = self._resource
        what = f"{resource.workspace}: {resource.address} ({name})"
        found = self._context.prices.price(price, what=what)
        self.lines.append(
            Line(
                workspace=resource.workspace,
                resource=resource.address,
                service=self._service,
                name=name,
                quantity=quantity * resource.instances,
                price=found,
                how=how if resource.instances == 1 else f"{resource.instances} of: {how}",
            )
        )


Pricer = Callable[[Resource, Context, Bill], None]
_PRICED: dict[str, tuple[str, Pricer]] = {}
_FREE: dict[str, str] = {}


def priced(kind: str, *, service: str) -> Callable[[Pricer], Pricer]:
    """Register a pricer of a resource type."""

    def register(pricer: Pricer) -> Pricer:
        _claim(kind)
        _PRICED[kind] = (service, pricer)
        return pricer

    return register


def free(reason: str, *kinds: str) -> None:
    """Register resource types that AWS bills nothing for, with the reason."""
    for kind in kinds:
        _claim(kind)
        _FREE[kind] = reason


def price_resource(resource: Resource, context: Context) -> Iterable[Line]:
    """Price one resource. Unpriced when its type is registered neither as priced nor as free."""
    _discover()
    if resource.kind in _FREE:
        return ()
    if resource.kind not in _PRICED:
        raise Unpriced(
            f"{resource.workspace}: {resource.address} has no pricer: what {resource.kind} costs"
            " is not known",
            remedy="write one in app/pipeline/cost/pricers/, or list the type as free there",
        )
    service, pricer = _PRICED[resource.kind]
    bill = Bill(resource, context, service=service)
    pricer(resource, context, bill)
    return bill.lines


def known_kinds() -> tuple[dict[str, str], dict[str, str]]:
    """Return the priced types with their service, and the free ones with their reason."""
    _discover()
    return {kind: service for kind, (service, _) in _PRICED.items()}, dict(_FREE)


@cache
def _discover() -> None:
    package = import_module("app.pipeline.cost.pricers")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")


def _claim(kind: str) -> None:
    if kind in _PRICED or kind in _FREE:
        message = f"two modules of app/pipeline/cost/pricers claim {kind}"
        raise RuntimeError(message)
