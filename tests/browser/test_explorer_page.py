"""The attention explorer in a browser, from a disk and without a network."""

import shutil

import pytest

FIRST, SECOND = "explorer/gating/range/a", "explorer/gating/softmax/a"


def ready(page, network=FIRST):
    page.wait_for_selector(f"body[data-ready='{network}']")
    return page


def names(page) -> list[str]:
    return page.eval_on_selector_all(
        "#sources button span:nth-child(2)", "all => all.map(one => one.textContent)"
    )


def lit(page, figure: int) -> int:
    """How many pixels of a map are not black."""
    return page.evaluate(
        """(which) => {
          const canvas = document.querySelectorAll(".maps figure > canvas")[which];
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.reduce((sum, value, index) => sum + (index % 4 === 0 && value > 0), 0);
        }""",
        figure,
    )


def brightest(page, figure: int) -> list[int]:
    """Row and column, of 37, of a map's brightest cell."""
    return page.evaluate(
        """(which) => {
          const canvas = document.querySelectorAll(".maps figure > canvas")[which];
          const pen = canvas.getContext("2d"), cell = canvas.width / 37;
          const light = (at) => {
            const middle = [(at % 37) + 0.5, Math.floor(at / 37) + 0.5].map((n) => n * cell);
            const [red, green, blue] = pen.getImageData(...middle, 1, 1).data;
            return red + green + blue;
          };
          const all = Array.from({ length: 37 * 37 }, (_, at) => light(at));
          const best = all.indexOf(Math.max(...all));
          return [Math.floor(best / 37), best % 37];
        }""",
        figure,
    )


@pytest.fixture
def page(watch, report):
    return ready(watch(report / "explorer.html").page)


def test_it_loads_one_network_from_the_disk_and_nothing_else(watch, report):
    seen = watch(report / "explorer.html")
    ready(seen.page)
    asked = [url for url in seen.requests if not url.startswith(("data:", "blob:"))]
    assert asked == [(report / name).as_uri() for name in ("explorer.html", f"{FIRST}.js")]
    assert seen.errors == []


def test_every_layer_is_drawn(page):
    assert len(page.query_selector_all(".maps figure")) == 3
    assert lit(page, 0) == 30 * 10 * 4, "the source's pixels, at twice the size"
    assert lit(page, 1) > 50_000
    assert page.get_attribute(".maps canvas", "aria-label") == "image of source-0"
    assert page.query_selector("#histogram rect")


@pytest.mark.parametrize("index", [0, 1, 17])
def test_each_source_has_its_own_map_upright_on_its_own_scale(watch, report, index):
    seen = watch(report / "explorer.html", hash=f"#network={SECOND}&source={100 + index}")
    page = ready(seen.page, SECOND)
    scale = ".maps figure:nth-child(3) .scale span"
    assert page.inner_text("#name") == f"source-{index}"
    assert brightest(page, 2) == [5, index]
    assert [float(end.inner_text()) for end in page.query_selector_all(scale)] == [
        10 * index,
        10 * index + 2,
    ]
    page.check("#shared")
    assert [float(end.inner_text()) for end in page.query_selector_all(scale)] == [0, 192]
    assert brightest(page, 2) == [5, index]


def test_the_histogram_has_a_bar_for_each_count(page):
    heights, tops = (
        page.eval_on_selector_all(
            "#histogram rect", f"all => all.map(bar => Number(bar.getAttribute('{name}')))"
        )
        for name in ("height", "y")
    )
    assert len(heights) == 20
    assert [heights[0], heights[1], heights[19]] == [64, 0, pytest.approx(64 / 3)]
    assert [top + height for top, height in zip(tops, heights, strict=True)] == [72] * 20
    assert page.inner_text("#histogram-caption").startswith("p(FRII) over 8 TTA passes")


def test_a_source_that_was_scored_shows_its_scores(page):
    assert page.inner_text("#scores") == ""
    page.keyboard.press("ArrowRight")
    rows = page.eval_on_selector_all(
        "#scores tr", "all => all.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    assert rows[0] == ["Map", "Deletion ↓", "Insertion ↑", "Rank ↑", "Pointing ↑"]
    assert rows[1:] == [
        ["Attention map", "0.25", "0.88", "0.50", "–"],
        ["Brightness", "0.25", "0.88", "0.50", "–"],
    ]
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#scores") == ""


def test_arrows_step_and_stop_at_the_ends(page):
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#name") == "source-2"
    for _ in range(9):
        page.keyboard.press("ArrowLeft")
    assert page.inner_text("#name") == "source-0"
    page.click("#next")
    assert page.inner_text("#name") == "source-1"


def test_filters_combine_and_can_leave_nothing(page):
    assert len(names(page)) == 6
    page.select_option("#class", "FRI")
    assert names(page) == ["source-0", "source-2", "source-4"]
    page.select_option("#outcome", "wrong")
    assert names(page) == ["source-2"]
    assert page.inner_text("#name") == "source-2"
    assert page.inner_text("#verdict span") == "Wrong in 75 % of 8 passes"
    page.select_option("#confidence", "certain")
    assert names(page) == []
    assert page.is_visible("text=No source passes these filters")
    assert page.query_selector_all(".maps figure") == []


def test_half_of_the_passes_is_neither_right_nor_wrong(page):
    page.select_option("#outcome", "divided")
    assert names(page) == ["source-3"]
    page.select_option("#outcome", "right")
    assert "source-3" not in names(page)


def test_sorting(page):
    page.select_option("#order", "wrong")
    assert names(page)[:2] == ["source-1", "source-2"]


def test_another_network_keeps_the_source_where_it_has_it(page):
    page.keyboard.press("ArrowRight")
    page.select_option("#network", SECOND)
    ready(page, SECOND)
    assert page.inner_text("#name") == "source-1"
    assert len(names(page)) == 20
    page.click("h1")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("[")
    ready(page, FIRST)
    assert len(names(page)) == 6


def test_the_address_keeps_the_choice(page, watch, report):
    page.select_option("#network", SECOND)
    ready(page, SECOND)
    page.select_option("#class", "FRII")
    page.keyboard.press("Tab")
    page.check("#outline")
    page.click("text=source-3")
    address = page.evaluate("location.hash")
    again = ready(watch(report / "explorer.html", hash=address).page, SECOND)
    assert again.inner_text("#name") == "source-3"
    assert again.input_value("#class") == "FRII"
    assert again.is_checked("#outline")


@pytest.mark.parametrize(
    "hash", ["#network=nosuch&source=x&class=FRIII", "#source=1e99&order=%00", "#%"]
)
def test_a_wrong_address_shows_the_first_source(watch, report, hash):
    seen = watch(report / "explorer.html", hash=hash)
    assert ready(seen.page).inner_text("#name") == "source-0"
    assert seen.errors == []


def test_the_outline_and_one_scale_change_what_is_drawn(page):
    own = page.inner_text(".maps figure:nth-child(2) .scale")
    page.check("#shared")
    assert page.inner_text(".maps figure:nth-child(2) .scale") != own
    page.check("#outline")
    # the source is in rows 60 to 89 and columns 70 to 79, a map is drawn at twice its size
    cyan = """([x, y]) => {
      const pen = document.querySelector(".maps canvas").getContext("2d");
      return [0, 1, 2, 3].some((step) => {
        const [r, g, b] = pen.getImageData(x - 2 + step, y - 2 + step, 1, 1).data;
        return b > 1.3 * r && b > 100;
      });
    }"""
    edges = {"top": (150, 120), "bottom": (150, 180), "left": (140, 150), "right": (160, 150)}
    assert [edge for edge, place in edges.items() if not page.evaluate(cyan, place)] == []
    assert not page.evaluate(cyan, (150, 150))


def test_of_two_choices_the_later_one_is_shown(page):
    page.evaluate(
        """(ids) => ids.forEach((id) => {
          const select = document.getElementById("network");
          select.value = id;
          select.dispatchEvent(new Event("change"));
        })""",
        [SECOND, FIRST],  # the first choice has to be loaded, the second one is
    )
    page.wait_for_function("document.querySelectorAll('head script[src]').length === 2")
    page.wait_for_timeout(300)
    assert (page.input_value("#network"), len(names(page))) == (FIRST, 6)


def test_a_hostile_name_stays_text(watch, report):
    seen = watch(report / "explorer.html", hash="#source=105")
    page = ready(seen.page)
    assert page.inner_text("#name").startswith("<script>alert('name')")
    assert page.query_selector("#name img, #sources img, #sources script") is None
    assert seen.errors == []


def test_a_missing_file_is_said(watch, report, tmp_path):
    copy = tmp_path / "explorer.html"
    copy.write_text((report / "explorer.html").read_text("utf-8"), "utf-8")
    page = watch(copy).page
    page.wait_for_selector("#message:not([hidden])")
    assert f"could not be loaded: {FIRST}.js" in page.inner_text("#message")


def test_a_network_whose_file_is_missing_shows_nothing_of_another(watch, report, tmp_path):
    shutil.copytree(report, tmp_path / "report")
    (tmp_path / "report" / f"{SECOND}.js").unlink()
    seen = watch(tmp_path / "report" / "explorer.html")
    page = ready(seen.page)
    page.select_option("#network", SECOND)
    page.wait_for_selector("#message:not([hidden])")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    page.check("#outline")
    page.wait_for_timeout(100)
    shows = ("#name", "#facts", "#verdict", "#maps", "#count", "#description", "#sources")
    assert [page.inner_text(one) for one in shows] == [""] * len(shows)
    assert [error for error in seen.errors if "ERR_FILE_NOT_FOUND" not in error] == []
    page.select_option("#network", FIRST)
    assert ready(page).inner_text("#name") == "source-0"
    assert page.is_hidden("#message")
    shutil.copy(report / f"{SECOND}.js", tmp_path / "report" / f"{SECOND}.js")
    page.select_option("#network", SECOND)
    assert len(names(ready(page, SECOND))) == 20


@pytest.mark.parametrize("width", [320, 375, 800])
def test_the_page_never_scrolls_sideways(watch, report, width):
    seen = watch(report / "explorer.html", width, "#source=105")
    ready(seen.page)
    assert seen.overflow() == 0
