"""Clients of the payment API's own service at a steady rate, whose sandboxes come and go."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from app.lambdas.payment_api.models import NewPayment
from app.lambdas.payment_api.service import PaymentService
from app.lambdas.payment_api.settings import PaymentApiSettings
from app.lambdas.settings import read_settings
from app.migration.sites import Site

PAYERS = 4
PERIOD_SECONDS = 0.05
# Connections of a sandbox live for hours; here every third payment needs new ones, so that logins
# are used all the time and cached logins are mostly old ones.
PAYMENTS_PER_CONNECTION = 3
REQUEST = NewPayment(amount_minor=100, currency="USD", merchant_id="m-1")


@dataclass(slots=True)
class Payers:
    """What was acknowledged by which site, and everything that went wrong."""

    environ: dict[str, str]
    acknowledged: dict[Site, list[str]] = field(default_factory=lambda: {site: [] for site in Site})
    failures: list[str] = field(default_factory=list)
    connections: int = 0
    longest_seconds: float = 0.0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def paying(self) -> Iterator[None]:
        """Pay all the time."""
        threads = [threading.Thread(target=self._pay) for _ in range(PAYERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    @property
    def count(self) -> int:
        """Payments acknowledged so far."""
        return sum(len(keys) for keys in self.acknowledged.values())

    def wait_for(self, count: int) -> None:
        """Wait until this many more payments have been acknowledged or one has failed."""
        wanted, end = self.count + count, time.monotonic() + 60
        while self.count < wanted and not self.failures:
            assert time.monotonic() < end
            time.sleep(0.01)

    def _pay(self) -> None:
        service = PaymentService.from_settings(read_settings(PaymentApiSettings, self.environ))
        number = 0
        while not self._over.is_set():
            begun = time.monotonic()
            if number % PAYMENTS_PER_CONNECTION == 0:
                service.sessions.close()
                for site in Site:
                    self._connect(service, site)
            number += 1
            self._one(service)
            self.longest_seconds = max(self.longest_seconds, time.monotonic() - begun)
            time.sleep(max(0.0, PERIOD_SECONDS - (time.monotonic() - begun)))
        service.sessions.close()

    def _connect(self, service: PaymentService, site: Site) -> None:
        try:
            service.sessions.get(site)
            self.connections += 1
        except Exception as error:  # noqa: BLE001 - every failure counts
            self.failures.append(f"connecting to {site}: {error!r}")

    def _one(self, service: PaymentService) -> None:
        key = str(uuid4())
        try:
            done = service.take_payment(REQUEST, key=key)
        except Exception as error:  # noqa: BLE001 - as above
            self.failures.append(f"paying: {error!r}")
        else:
            self.acknowledged[done.site].append(key)
