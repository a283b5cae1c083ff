"""The report in a browser."""

import pytest


def background(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_page_asks_for_nothing_and_complains_of_nothing(watch, report):
    seen = watch(report / "index.html")
    asked = [url for url in seen.requests if not url.startswith("data:")]
    assert asked == [(report / "index.html").as_uri()]
    assert seen.complaints == []


@pytest.mark.parametrize("width", [320, 375, 768, 1300])
def test_the_page_never_scrolls_sideways(watch, report, width):
    seen = watch(report / "index.html", width)
    for folded in seen.page.query_selector_all("details"):
        folded.evaluate("folded => { folded.open = true; }")
    assert seen.overflow() == 0


def test_wide_tables_scroll_in_themselves(watch, report):
    seen = watch(report / "index.html", 375)
    inner = seen.page.evaluate(
        "[...document.querySelectorAll('.scroll')].map(box => box.scrollWidth - box.clientWidth)"
    )
    assert max(inner) > 0


def test_the_contents_open_beside_and_close_above(watch, report):
    wide = watch(report / "index.html").page
    narrow = watch(report / "index.html", 375).page
    assert wide.is_visible("text=Known differences >> nth=0")
    assert not narrow.is_visible("nav ol")
    narrow.click("nav summary")
    narrow.click("nav a[href='#cost']")
    assert narrow.evaluate("location.hash") == "#cost"
    assert not narrow.is_visible("nav ol")


def test_light_and_dark(watch, report):
    light = watch(report / "index.html").page
    dark = watch(report / "index.html", dark=True).page
    assert background(light) != background(dark)
    was = background(light)
    light.click("#theme")
    assert background(light) == background(dark)
    assert light.inner_text("#theme") == "Light page"
    light.click("#theme")
    assert background(light) == was


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_contrast(watch, report, dark):
    """WCAG 2.1, success criterion 1.4.3: 4.5 for text of this size."""
    page = watch(report / "index.html", dark=dark).page
    worst = page.evaluate(
        """() => {
          const light = (text) => {
            const linear = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
            const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((v) => linear(v / 255));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const behind = (node) => {
            for (let at = node; at; at = at.parentElement) {
              const found = getComputedStyle(at).backgroundColor;
              if (!/, 0\\)$/.test(found)) return found;
            }
            return "rgb(255, 255, 255)";
          };
          const texts = "p, td, th, a, li, .state, .quiet, .dot, dt, dd";
          const found = [...document.querySelectorAll(texts)]
            .filter((node) => node.innerText && node.innerText.trim() && node.checkVisibility())
            .map((node) => {
              const [a, b] = [light(getComputedStyle(node).color), light(behind(node))];
              const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
              return [ratio, node.innerText.slice(0, 40)];
            });
          return found.sort((a, b) => a[0] - b[0])[0];
        }"""
    )
    assert worst[0] >= 4.5, worst


def test_it_prints_without_buttons_and_contents(watch, report):
    page = watch(report / "index.html", dark=True).page
    page.emulate_media(media="print", color_scheme="dark")
    assert background(page) == "rgb(255, 255, 255)"
    assert not page.is_visible("#theme")
    assert not page.is_visible("nav")
    assert page.is_visible("#headline")
    assert page.pdf()[:5] == b"%PDF-"
