"""The time line: all panels above one another, on one time axis."""

from __future__ import annotations

from app.local.rehearsal.analysis.periods import Period
from app.local.rehearsal.analysis.recording import Recording
from app.local.rehearsal.report import panels, series, svg
from app.local.rehearsal.report.frame import Frame
from app.local.rehearsal.report.panels import Panel
from app.local.rehearsal.summary import Summary

_TOP = 34
_GAP = 34
_FIRST_GAP = 50  # the names of the phases stand above the first panel
_AXIS = 24
_HEIGHTS = {"share": 96, "traffic": 96, "latency": 140, "troubles": 44, "lag": 52, "writer": 20}
_POINTS = {True: 420, False: 110}


def timeline(
    recording: Recording, summary: Summary, periods: tuple[Period, ...], *, width: int
) -> str:
    """Return the SVG for a page of that width; empty when nothing was recorded."""
    if not recording.requests:
        return ""
    start = min([recording.requests[0].at, *(step.pushed for step in recording.steps)])
    frame = Frame(width=width, start=start, end=recording.ended)
    seconds = max(1.0, round((frame.end - start) / _POINTS[frame.wide]))
    found = series.bins(recording, start=start, end=frame.end, width=seconds)
    handovers = summary.handovers
    places = _places(frame)
    bottom = places["writer"].bottom
    drawn = [
        frame.phases(periods, top=_TOP, bottom=bottom),
        frame.time_axis(top=_TOP, bottom=bottom),
        panels.share(places["share"], found, series.weights(recording), width=seconds),
        panels.traffic(places["traffic"], found, width=seconds),
        panels.latency(places["latency"], found, width=seconds),
        panels.troubles(places["troubles"], found, handovers, width=seconds),
        panels.lag(places["lag"], series.lags(recording, width=seconds)),
        panels.writer(places["writer"], series.writers(recording), handovers),
        frame.marks(recording.steps, top=_TOP, bottom=bottom),
    ]
    return svg.element(
        "svg", "".join(drawn), viewBox=f"0 0 {width} {bottom + _AXIS:g}", role="img",
        class_="wide" if frame.wide else "narrow", aria_label="Time line of the rehearsal",
    )  # fmt: skip


def _places(frame: Frame) -> dict[str, Panel]:
    places: dict[str, Panel] = {}
    top = _TOP + _FIRST_GAP
    for name, height in _HEIGHTS.items():
        places[name] = Panel(frame, top, top + height)
        top += height + _GAP
    return places
