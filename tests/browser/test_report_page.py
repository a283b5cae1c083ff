"""The report in a browser."""

import pytest


def background(page) -> str:
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


def test_the_page_asks_for_nothing_and_complains_of_nothing(watch, report):
    seen = watch(report / "index.html")
    asked = [url for url in seen.requests if not url.startswith("data:")]
    assert asked == [(report / "index.html").as_uri()]
    assert seen.errors == []


@pytest.mark.parametrize("width", [320, 375, 768, 1300])
def test_the_page_never_scrolls_sideways(watch, report, width):
    seen = watch(report / "index.html", width)
    for folded in seen.page.query_selector_all("details"):
        folded.evaluate("folded => { folded.open = true; }")
    assert seen.overflow() == 0


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


def test_it_prints_without_buttons_and_contents(watch, report):
    page = watch(report / "index.html", dark=True).page
    page.emulate_media(media="print", color_scheme="dark")
    assert background(page) == "rgb(255, 255, 255)"
    assert not page.is_visible("#theme")
    assert not page.is_visible("nav")
    assert page.is_visible("#headline")
    assert page.pdf()[:5] == b"%PDF-"
