"""The few SVG elements that the plots are made of. Colours come from the page's style sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

Point = tuple[float, float]


def element(name: str, content: str = "", /, *, title: str = "", **attributes: str | float) -> str:
    """Return an element; `class_` and `stroke_width` become `class` and `stroke-width`."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
    )
    inside = (f"<title>{escape(title)}</title>" if title else "") + content
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def text(x: float, y: float, words: str, *, class_: str, anchor: str = "start") -> str:
    """Return a text whose baseline is at `y`."""
    return element("text", escape(words), x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, *, class_: str, title: str = "") -> str:
    """Return a straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_, title=title)


def box(  # a rectangle needs its four numbers
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    class_: str,
    title: str = "",
    opacity: float = 1,
) -> str:
    """Return a rectangle; a negative size becomes nothing visible."""
    extra = {"fill_opacity": round(opacity, 3)} if opacity < 1 else {}
    return element(
        "rect", x=x, y=y, width=round(max(width, 0), 1), height=round(max(height, 0), 1),
        class_=class_, title=title, **extra,
    )  # fmt: skip


def path(points: Iterable[Sequence[Point]], *, class_: str, closed: bool = False) -> str:
    """Return one path of several pieces; single points become short strokes so that they show."""
    pieces: list[str] = []
    for piece in points:
        if not piece:
            continue
        moves = " ".join(f"{x:g},{y:g}" for x, y in piece)
        dot = "h0.1" if len(piece) == 1 else ""
        pieces.append(f"M{moves}{'Z' if closed else dot}")
    return element("path", d="".join(pieces), class_=class_) if pieces else ""


def steps(points: Sequence[Point], *, until: float) -> list[Point]:
    """Return the corners of a staircase through the points, held to `until`."""
    corners: list[Point] = []
    for number, (x, y) in enumerate(points):
        right = points[number + 1][0] if number + 1 < len(points) else until
        corners += [(x, y), (right, y)]
    return corners
