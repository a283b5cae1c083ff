"""A headless Chromium, and a campaign's report to look at."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from report_tools import make_campaign, write_report

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The system's Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser: none of {', '.join(BROWSERS)} is installed")
    with sync_api.sync_playwright() as playwright:
        # --no-sandbox: containers often forbid the sandbox, and the pages are our own
        yield playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])


@pytest.fixture(scope="session")
def report(tmp_path_factory) -> Path:
    """The folder of a report with an explorer of two networks."""
    # the second has more sources than a row of the sheet of maps
    root = make_campaign(tmp_path_factory.mktemp("campaign"), second=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(Path(__file__).parents[2])
        result = write_report(root)
    assert result.exit_code == 0, result.output
    return root / "report"


class WatchedPage:
    """A page, all that it asked for, and all that it reported as an error."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.requests: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", lambda dialog: self.errors.append(f"dialog: {dialog.message}"))
        page.on(
            "console",
            lambda message: (
                self.errors.append(message.text) if message.type in ("error", "warning") else None
            ),
        )

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        return self.page.evaluate("document.documentElement.scrollWidth - innerWidth")


@pytest.fixture
def watch(browser) -> Iterator[Callable[..., WatchedPage]]:
    """Open a file: ``watch(path, width=375, hash="#...", dark=True)``."""
    contexts = []

    def look(path: Path, width: int = 1300, hash: str = "", *, dark: bool = False) -> WatchedPage:
        context = browser.new_context(
            viewport={"width": width, "height": 850}, color_scheme="dark" if dark else "light"
        )
        context.set_offline(True)
        contexts.append(context)
        watched = WatchedPage(context.new_page())
        watched.page.goto(path.as_uri() + hash)
        return watched

    yield look
    for context in contexts:
        context.close()
