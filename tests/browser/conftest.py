"""One headless Chromium for all tests of this folder; without it they are skipped."""

import shutil
from pathlib import Path

import pytest

ARGUMENTS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="session")
def browser():
    """A running Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("chromium is not installed (Debian: chromium)")
    with playwright.sync_playwright() as started:
        running = started.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def opened(browser):
    """opened(file, place, **context): the page of a file at #place, drawn. Whatever it says or asks for fails the test."""
    contexts, said = [], []

    def open_page(file, place="", **context):
        made = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "accept_downloads": True, **context})
        contexts.append(made)
        page = made.new_page()
        page.on("console", lambda message: said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request",
            lambda request: said.append(f"request: {request.url}") if request.url.startswith("http") else None,
        )
        page.goto(f"{Path(file).resolve().as_uri()}#{place}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_page
    for made in contexts:
        made.close()
    assert said == []
