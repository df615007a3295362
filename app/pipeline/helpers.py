"""Who reads tables for a comparison: this process, others of this machine, functions in AWS."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.errors import InputError
from app.migration.verify.parts.processes import Processes
from app.migration.verify.parts.scan import Carrier, PartsScan
from app.migration.verify.scan import scan
from app.pipeline import aws
from app.pipeline.remote_parts import RemoteParts

if TYPE_CHECKING:
    from app.migration.verify.options import Options
    from app.migration.verify.scan import Reading
    from app.migration.verify.session import Side
    from app.migration.verify.source import Source
    from app.pipeline.report import Progress
    from app.pipeline.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Helpers:
    """How many `processes` of this machine, or `functions` of an environment; None is none."""

    processes: int | None = None
    functions: int | None = None

    def __bool__(self) -> bool:
        return self.processes is not None or self.functions is not None

    def require_possible(self, options: Options, *, target: Target | None, waits: bool) -> None:
        """Raise InputError for what helpers cannot do; `waits` is a limit on the replication."""
        if not self:
            return
        many = [self.processes, self.functions, options.workers if options.workers > 1 else None]
        if sum(one is not None for one in many) > 1:
            raise InputError(
                "--workers, --processes and --distributed are three ways of doing the same",
                remedy="choose one of them",
            )
        if waits:
            raise InputError(
                "parts that others read do not wait for the replication",
                remedy="limit them with --max-rate, or leave out --processes and --distributed",
            )
        if self.functions is None:
            return
        if target is None:
            raise InputError(
                "the functions of an environment read the databases of that environment alone",
                remedy="leave out --left and --right, or use --processes",
            )
        most = target.environment.service.reserved_concurrency.comparison
        if self.functions > most:
            raise InputError(
                f"{target.environment.name} lets {most} functions read at once, "
                f"not {self.functions}",
                remedy=f"write at most {most}, or raise reserved_concurrency.comparison",
            )

    def reading(
        self,
        sources: Mapping[Side, Source],
        target: Target | None,
        *,
        options: Options,
        bytes_a_second: float | None,
        say: Progress,
    ) -> Reading:
        """Return how tables are read, for what `require_possible` has let pass."""
        if not self:
            return scan
        carrier: Carrier = Processes(sources, workers=self.processes or 1)
        if target is not None and self.functions is not None:
            carrier = RemoteParts(
                s3=aws.s3(target.environment),
                states=aws.client(target.environment, "stepfunctions"),
                bucket=target.names.evidence_bucket,
                machine_arn=target.names.comparison_machine_arn,
                workers=self.functions,
                say=say,
            )
        return PartsScan(
            carrier,
            comparison=_new_name(),
            pages_a_chunk=options.pages_a_chunk,
            bytes_a_second=bytes_a_second,
        )


def _new_name() -> str:
    """Return a name that sorts by time and was never used: keys and executions are called so."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
