"""A real Chromium on a served dist/, for measuring in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from .. import chromium
from ..serve import SiteServer

SETTLED = """async (patience) => {
  const end = performance.now() + patience;
  for (;; await new Promise((go) => setTimeout(go, 20))) {
    const state = await globalThis.tensorama?.state();
    if (state?.model && !state.busy && !state.moving) return;
    if (performance.now() > end) throw new Error("the page does not come to rest");
  }
}"""


def settle(page: Page, patience_ms: float = 600_000) -> None:
    """Wait until our page shows a network and nothing of it moves."""
    page.evaluate(SETTLED, patience_ms)


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
