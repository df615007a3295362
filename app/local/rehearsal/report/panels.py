"""The panels of the time line: each draws one thing between `top` and `bottom`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.local.rehearsal.report import svg
from app.local.rehearsal.report.frame import Frame
from app.local.rehearsal.report.scale import Scale, clock, decades, round_ticks, short
from app.local.rehearsal.report.series import Bin, Level
from app.local.rehearsal.summary import HandoverResult

_SITES = ("legacy", "aws")
_LATENCIES = ("p50", "p95", "p99")
_LETTER = 6.4
_BOLD_LETTER = 7.4


@dataclass(frozen=True, slots=True)
class Panel:
    """A place in the frame."""

    frame: Frame
    top: float
    bottom: float

    def title(self, words: str, *legend: tuple[str, str]) -> str:
        """Return the heading above, with a coloured key for each (class, word)."""
        drawn = [svg.text(self.frame.left, self.top - 8, words, class_="title")]
        x = self.frame.left + len(words) * _BOLD_LETTER + 10
        for class_, word in legend:
            drawn.append(svg.box(x, self.top - 15, 9, 7, class_=f"key {class_}"))
            drawn.append(svg.text(x + 13, self.top - 8, word, class_="legend"))
            x += 13 + len(word) * _LETTER + 12
        return "".join(drawn)

    def axis(self, scale: Scale, ticks: Sequence[float]) -> str:
        """Return grid lines and numbers of the vertical axis."""
        drawn: list[str] = []
        for tick in ticks:
            y = scale(tick)
            drawn.append(svg.line(self.frame.left, y, self.frame.right, y, class_="grid"))
            drawn.append(
                svg.text(self.frame.left - 6, y + 4, short(tick), class_="tick", anchor="end")
            )
        return "".join(drawn)

    def linear(self, high: float, *, count: int = 3) -> tuple[Scale, list[float]]:
        """Return a scale from 0 to a round number at or above `high`, and its ticks."""
        ticks = round_ticks(high, count=count)
        return Scale(0, ticks[-1], self.bottom, self.top), ticks


def traffic(panel: Panel, found: Sequence[Bin], *, width: float) -> str:
    """Return requests a second, stacked by the site that answered."""
    x = panel.frame.x
    rates = [((one.at + width / 2), one.aws / width, one.legacy / width) for one in found]
    scale, ticks = panel.linear(max((aws + legacy for _, aws, legacy in rates), default=1))
    aws = [(x(at), scale(rate)) for at, rate, _ in rates]
    both = [(x(at), scale(rate + more)) for at, rate, more in rates]
    floor = [(at, panel.bottom) for at, _ in aws]
    return (
        panel.title("Requests a second", ("legacy", "legacy"), ("aws", "aws"))
        + panel.axis(scale, ticks)
        + svg.path([[*aws, *reversed(both)]], class_="area legacy", closed=True)
        + svg.path([[*aws, *reversed(floor)]], class_="area aws", closed=True)
    )


def share(panel: Panel, found: Sequence[Bin], levels: Sequence[Level], *, width: float) -> str:
    """Share of requests answered by AWS, and the weight that the DNS has."""
    x, scale = panel.frame.x, Scale(0, 100, panel.bottom, panel.top)
    observed = [
        None if one.aws_percent is None else (x(one.at + width / 2), scale(one.aws_percent))
        for one in found
    ]
    wanted = [(x(one.at), scale(float(one.value))) for one in levels if one.value is not None]
    return (
        panel.title(
            "Share of traffic at AWS, %",
            ("aws", "observed"),
            ("weight", "weight in DNS" if panel.frame.wide else "weight"),
        )
        + panel.axis(scale, (0, 50, 100))
        + svg.path(_pieces(observed), class_="line aws")
        + svg.path([svg.steps(wanted, until=panel.frame.right)], class_="line weight")
    )


def latency(panel: Panel, found: Sequence[Bin], *, width: float) -> str:
    """Percentiles of the latency, on a logarithmic axis."""
    x = panel.frame.x
    values = [value for one in found if one.latencies for value in one.latencies if value > 0]
    ticks = decades(min(values, default=1), max(values, default=10))
    scale = Scale(ticks[0], ticks[-1], panel.bottom, panel.top, logarithmic=True)
    lines = [
        svg.path(
            _pieces(
                None if one.latencies is None else (x(one.at + width / 2), scale(one.latencies[k]))
                for one in found
            ),
            class_=f"line {name}",
        )
        for k, name in reversed(list(enumerate(_LATENCIES)))
    ]
    keys = [(name, name) for name in _LATENCIES]
    return panel.title("Latency, ms", *keys) + panel.axis(scale, ticks) + "".join(lines)


def troubles(
    panel: Panel, found: Sequence[Bin], handovers: Sequence[HandoverResult], *, width: float
) -> str:
    """Failed requests, and those that were held while the writer moved."""
    x = panel.frame.x
    highest = max([1, *(one.failed for one in found), *(one.held_requests for one in handovers)])
    scale, ticks = panel.linear(highest, count=2)
    wide = max(2.0, x(panel.frame.start + width) - x(panel.frame.start))
    bars = [
        svg.box(x(one.at), scale(one.failed), wide, panel.bottom - scale(one.failed),
                class_="bar failed", title=f"{one.failed} failed")
        for one in found
        if one.failed
    ]  # fmt: skip
    bars += [
        svg.box(x(one.at) - 2, scale(one.held_requests), 4, panel.bottom - scale(one.held_requests),
                class_="bar held", title=f"{one.held_requests} held for {one.pause_ms:.0f} ms")
        for one in handovers
    ]  # fmt: skip
    failed = sum(one.failed for one in found)
    keys = (
        ("failed", f"failed ({failed})"),
        ("held", "held by a handover" if panel.frame.wide else "held"),
    )
    return panel.title("Requests", *keys) + panel.axis(scale, ticks) + "".join(bars)


def lag(panel: Panel, levels: Sequence[Level]) -> str:
    """Highest replication lag."""
    values = [(one.at, float(one.value or 0)) for one in levels if one.at >= panel.frame.start]
    scale, ticks = panel.linear(max([0.01, *(value for _, value in values)]), count=2)
    points = [(panel.frame.x(at), scale(value)) for at, value in values]
    return (
        panel.title("Replication lag, s")
        + panel.axis(scale, ticks)
        + svg.path([points], class_="line lag")
    )


def writer(panel: Panel, levels: Sequence[Level], handovers: Sequence[HandoverResult]) -> str:
    """Which database accepts writes, with a tick at each handover."""
    x, drawn = panel.frame.x, []
    shown = [one for one in levels if one.at < panel.frame.end]
    for number, level in enumerate(shown):
        until = shown[number + 1].at if number + 1 < len(shown) else panel.frame.end
        left, right = x(level.at), x(until)
        name = str(level.value or "nobody")
        since = clock(level.at - panel.frame.start)
        drawn.append(
            svg.box(left, panel.top, right - left, panel.bottom - panel.top,
                    class_=f"strip {name}", title=f"{name} from {since}")
        )  # fmt: skip
        if right - left > len(name) * _LETTER + 8:
            middle, base = (left + right) / 2, panel.bottom - 6
            label = f"strip-label on-{name}"
            drawn.append(svg.text(middle, base, name, class_=label, anchor="middle"))
    for one in handovers:
        words = f"{one.from_} to {one.to}: no writer for {one.pause_ms:.1f} ms"
        at = x(one.at)
        drawn.append(svg.line(at, panel.top - 3, at, panel.bottom + 3, class_="tock", title=words))
    keys = [(site, site) for site in _SITES]
    return panel.title("Writer", *keys) + "".join(drawn)


def _pieces(points: Iterable[svg.Point | None]) -> list[list[svg.Point]]:
    """Split where there is no value."""
    pieces: list[list[svg.Point]] = [[]]
    for point in points:
        if point is None:
            pieces.append([])
        else:
            pieces[-1].append(point)
    return pieces
