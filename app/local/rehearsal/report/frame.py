"""What all panels of the time line share: the time axis, the phases behind, the marks across."""

from __future__ import annotations

from dataclasses import dataclass

from app.local.rehearsal.analysis.periods import Period
from app.local.rehearsal.marks import Step
from app.local.rehearsal.report import svg
from app.local.rehearsal.report.scale import Scale, clock, time_ticks

_WIDE = 700
_LETTER = 6.8


@dataclass(frozen=True, slots=True)
class Frame:
    """Width in pixels and the stretch of time shown; `left` and `right` leave room for axes."""

    width: int
    start: float
    end: float

    @property
    def wide(self) -> bool:
        """Whether words fit, not only numbers."""
        return self.width >= _WIDE

    @property
    def left(self) -> int:
        """Room for the numbers of the vertical axes."""
        return 52 if self.wide else 34

    @property
    def right(self) -> int:
        """Where the plots end."""
        return self.width - (12 if self.wide else 6)

    @property
    def x(self) -> Scale:
        """Time to pixels."""
        return Scale(self.start, max(self.end, self.start + 1), self.left, self.right)

    def phases(self, periods: tuple[Period, ...], *, top: float, bottom: float) -> str:
        """Return the shading: the more traffic AWS has, the deeper."""
        drawn: list[str] = []
        for number, period in enumerate(periods):
            following = (
                periods[number + 1].weights_at if number + 1 < len(periods) else period.until
            )
            left, right = self.x(period.weights_at), self.x(following)
            share = period.phase.traffic.aws_percent / 100
            words = f"{period.phase.name}: {period.phase.title}"
            drawn.append(
                svg.box(left, top, right - left, bottom - top, class_="shade", title=words,
                        opacity=0.02 + 0.13 * share)
            )  # fmt: skip
            label = period.phase.name if self.wide else str(period.phase.phase)
            if right - left > len(label) * _LETTER:
                middle = (left + right) / 2
                drawn.append(svg.text(middle, top + 14, label, class_="phase", anchor="middle"))
        return "".join(drawn)

    def marks(self, steps: tuple[Step, ...], *, top: float, bottom: float) -> str:
        """Return a line at every push, and a bar for as long as its delivery ran."""
        drawn: list[str] = []
        for step in steps:
            x = self.x(step.pushed)
            words = (
                f"{step.label}: pushed at {clock(step.pushed - self.start)}, "
                f"delivered in {step.apply_seconds:.1f} s"
            )
            kind = "revert" if step.kind == "revert" else "merge"
            drawn.append(svg.line(x, top, x, bottom, class_=f"mark {kind}", title=words))
            ended = self.x(step.ended or self.end)
            drawn.append(svg.box(x, top - 5, ended - x, 4, class_=f"delivery {kind}", title=words))
            arrow = "▼" if kind == "revert" else "▲"
            label = f"{arrow} {step.label}" if self.wide else arrow
            drawn.append(svg.text(x, top - 9, label, class_=f"mark-label {kind}"))
        return "".join(drawn)

    def time_axis(self, *, top: float, bottom: float) -> str:
        """Return the grid lines of the time axis and their labels below."""
        drawn: list[str] = []
        for tick in time_ticks(self.end - self.start, count=16 if self.wide else 6):
            x = self.x(self.start + tick)
            drawn.append(svg.line(x, top, x, bottom, class_="grid"))
            anchor = "middle" if x < self.right - _LETTER * 2 else "end"
            drawn.append(svg.text(x, bottom + 15, clock(tick), class_="tick", anchor=anchor))
        return "".join(drawn)
