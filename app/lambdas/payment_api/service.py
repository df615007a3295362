"""The logic behind the paths: which database is asked to do what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self
from uuid import UUID

from app.lambdas.logins import Login, secrets_provider
from app.lambdas.payment_api.features import FeatureSource
from app.lambdas.payment_api.hold import Done, Writer
from app.lambdas.payment_api.models import NewPayment, NewRefund, Payment
from app.lambdas.payment_api.payments import Taken, TakePayment
from app.lambdas.payment_api.reads import ReadPayment
from app.lambdas.payment_api.refunds import Refunded, TakeRefund
from app.lambdas.payment_api.sessions import LoginSource, Sessions
from app.lambdas.payment_api.settings import PaymentApiSettings
from app.lambdas.payment_api.shadow import ShadowReads
from app.migration.sites import Site


class PaymentService:
    """Takes, reads and refunds payments at whichever database accepts writes."""

    def __init__(
        self,
        *,
        site: Site,
        logins: Mapping[Site, LoginSource],
        features: FeatureSource,
        hold_seconds: float,
    ) -> None:
        self.site = site
        self.sessions = Sessions(logins=logins, application_name=f"payshift-payment-api-{site}")
        self.writer = Writer(self.sessions, hold_seconds=hold_seconds)
        self.shadow = ShadowReads(logins=logins, features=features)
        self._features = features
        self._read = ReadPayment(
            own=site, sessions=self.sessions, writer=self.writer, features=features
        )

    @classmethod
    def from_settings(cls, settings: PaymentApiSettings) -> Self:
        """Return the service of a function with these settings; connects to nothing yet."""
        provider = secrets_provider()
        secrets = {Site.LEGACY: settings.legacy_secret, Site.AWS: settings.aws_secret}
        logins = {
            site: Login(secret=secret, trust_bundle=settings.trust_bundle, provider=provider)
            for site, secret in secrets.items()
            if secret is not None
        }
        return cls(
            site=Site(settings.site),
            logins=logins,
            features=FeatureSource(settings.features_parameter),
            hold_seconds=settings.hold_seconds,
        )

    def warm_up(self) -> None:
        """Connect to every database and learn who writes, before the first request needs it.

        Never fails: a database that is away is met again when a request needs it.
        """
        self.writer.ask_all()
        self._features.now()

    def take_payment(self, request: NewPayment, *, key: str) -> Done[Taken]:
        """Write a payment once for its key."""
        return self.writer.run(TakePayment(request, key=key))

    def take_refund(self, payment_id: UUID, request: NewRefund, *, key: str) -> Done[Refunded]:
        """Write a refund once for its key."""
        return self.writer.run(TakeRefund(payment_id, request, key=key))

    def read_payment(self, payment_id: UUID) -> Done[Payment | None]:
        """Find a payment as it stands now; some answers are compared afterwards, beside it all."""
        done = self._read(payment_id)
        self.shadow.offer(payment_id, done)
        return done
