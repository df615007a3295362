"""What people see: the report on a desk, on a phone, in dark mode and on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from app.errors import WorldError
from app.local.rehearsal.report.page import write_report
from tests.rehearsal.browser.chromium import browser
from tests.rehearsal.synthetic import Synthetic
from tests.rehearsal.test_analysis import summary_of

pytestmark = pytest.mark.slow

Scheme = Literal["light", "dark"]
DESK, PHONE = (1280, 800), (360, 740)
# WCAG 2.2, success criterion 1.4.3, for text of ordinary size.
READABLE_CONTRAST = 4.5
# In the page: the contrast of each text with what is painted behind it.
_CONTRASTS = """
() => {
  const parts = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const luminance = rgb => rgb.slice(0, 3)
    .map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = element => {
    if (element instanceof SVGElement) {
      element.scrollIntoView({ block: "center" });
      const { x, y, width, height } = element.getBoundingClientRect();
      const shapes = document.elementsFromPoint(x + width / 2, y + height / 2)
        .filter(one => one instanceof SVGRectElement)
        .map(getComputedStyle).filter(style => style.fill !== "none" && style.opacity === "1");
      const solid = shapes.find(style => style.fillOpacity === "1");
      if (solid) return parts(solid.fill);
    }
    for (let one = element; one; one = one.parentElement) {
      const colour = parts(getComputedStyle(one).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = {};
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!own || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const ink = parts(element instanceof SVGElement ? style.fill : style.color);
    const [light, dark] = [luminance(ink), luminance(behind(element))].sort((a, b) => b - a);
    found[element.textContent.trim().slice(0, 60)] = (light + 0.05) / (dark + 0.05);
  }
  return found;
}
"""
_TOO_WIDE = """
() => [...document.querySelectorAll("body *")]
  .filter(one => {
    for (let up = one; up; up = up.parentElement)
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(up).overflowX)) return false;
    return one.getBoundingClientRect().right > innerWidth + 1;
  })
  .map(one => one.tagName + ": " + one.textContent.trim().slice(0, 60))
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    recording = Synthetic().recording()
    write_report(summary_of(recording), recording, path=path)
    return path


@dataclass
class Seen:
    """An open page, and what it did that a page of its own should not do."""

    page: Page
    requests: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def look(chromium: Browser, report: Path, *, size: tuple[int, int], scheme: Scheme) -> Seen:
    width, height = size
    page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    seen = Seen(page)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.goto(report.as_uri())
    return seen


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_report_is_readable_and_asks_nobody(
    chromium: Browser, report: Path, size: tuple[int, int], scheme: Scheme
) -> None:
    seen = look(chromium, report, size=size, scheme=scheme)
    try:
        assert seen.page.evaluate("document.documentElement.scrollWidth") == size[0]
        assert seen.page.evaluate(_TOO_WIDE) == []
        assert _faint(seen.page) == {}
        assert seen.requests == [report.as_uri()]
        assert seen.said == []
    finally:
        seen.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_readers_colours_except_on_paper(
    chromium: Browser, report: Path, scheme: Scheme
) -> None:
    seen = look(chromium, report, size=DESK, scheme=scheme)
    try:
        assert _is_dark(seen.page) is (scheme == "dark")
        seen.page.emulate_media(media="print", color_scheme=scheme)
        assert not _is_dark(seen.page)
        assert _faint(seen.page) == {}
    finally:
        seen.page.close()


def test_the_report_is_printed_with_every_plot_whole(chromium: Browser, report: Path) -> None:
    seen = look(chromium, report, size=DESK, scheme="light")
    try:
        seen.page.emulate_media(media="print")
        plots = seen.page.locator("svg:visible")
        assert plots.count() == 1  # the wide drawing, not the one for phones beside it
        inside = "one => getComputedStyle(one.closest('section')).breakInside"
        assert plots.evaluate(inside) == "avoid"
        assert seen.page.pdf(format="A4").startswith(b"%PDF-")
    finally:
        seen.page.close()


def test_a_failed_rehearsal_shows_its_reason_first(chromium: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    recording, reason = Synthetic().recording(), WorldError("the gate row_parity failed")
    write_report(summary_of(recording, error=reason), recording, path=path)
    seen = look(chromium, path, size=PHONE, scheme="light")
    try:
        box = seen.page.get_by_text("the gate row_parity failed").first.bounding_box()
        assert box is not None
        assert box["y"] < PHONE[1]  # without scrolling
    finally:
        seen.page.close()


def _faint(page: Page) -> dict[str, float]:
    """The texts that are hard to read, with their contrast."""
    contrasts: dict[str, float] = page.evaluate(_CONTRASTS)
    assert len(contrasts) > 50  # fact: a verdict, figures, plots and their labels were looked at
    return {text: ratio for text, ratio in contrasts.items() if ratio < READABLE_CONTRAST}


def _is_dark(page: Page) -> bool:
    colour = page.evaluate(
        "[document.body, document.documentElement].map(one => "
        "getComputedStyle(one).backgroundColor).find(one => one !== 'rgba(0, 0, 0, 0)') "
        "|| 'rgb(255, 255, 255)'"
    )
    numbers = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(numbers) / 3 < 128
