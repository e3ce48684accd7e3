"""A real Chromium on a served dist/, for measuring in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from .. import chromium
from ..serve import SiteServer


@contextmanager
def served(dist: Path, pages: dict[str, str] | None = None) -> Iterator[str]:
    """Serve dist/ on a free port while the block runs, with pages beside it; gives its address."""
    with SiteServer(dist) as server:
        server.pages.update({path: text.encode() for path, text in (pages or {}).items()})
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.address
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def launched() -> Iterator[Browser]:
    """A headless Chromium while the block runs."""
    program = str(chromium.ensure())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        try:
            yield browser
        finally:
            browser.close()
