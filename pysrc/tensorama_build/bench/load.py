"""How long the page takes to come alive, and how many bytes, cold and warm.

Compared with the bare platform in the same run: a page that only starts PyScript with Pyodide and
imports numpy. What lies between the two is ours. Cold is a browser that never saw the site; warm is
the same browser on its second visit, after a first in which the page had time to keep what it has
compiled (`tensorama_start`).
"""

import json
import statistics
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request

from ..build import build_site
from ..places import Places
from ..sizes import gzipped
from .browser import launched, served
from .report import Measured, Row, compare

VISITS = 3
PATIENCE_MS = 120_000
NOTE_READY = """
    document.addEventListener("tensorama:ready", () => {
        globalThis.readyAfter ??= performance.now();
    });
"""
KEPT = """async (patience) => {
  const end = performance.now() + patience;
  for (;; await new Promise((go) => setTimeout(go, 100))) {
    if ((await (await caches.open("tensorama-modules")).keys()).length) return;
    if (performance.now() > end) throw new Error("nothing was kept");
  }
}"""
BARE_CONFIG = {
    "interpreter": "./pyodide/pyodide.mjs",
    "packages": ["numpy"],
    "packages_cache": "passthrough",
}
BARE_PAGE = f"""<!doctype html><title>bare</title>
<link rel="stylesheet" href="./pyscript/core.css">
<script type="module" src="./pyscript/core.js"></script>
<script type="py" config='{json.dumps(BARE_CONFIG)}'>
import numpy
from js import Event, document
document.dispatchEvent(Event.new("tensorama:ready"))
</script>
"""


def measure(places: Places) -> Measured:
    """Start the page and the bare platform in turn; take the medians."""
    dist = build_site(places)
    times: dict[str, list[float]] = {}
    asked: set[str] = set()
    with served(dist, {"/bare.html": BARE_PAGE}) as address, launched() as browser:
        for _ in range(VISITS):
            for name, page in (("ours", ""), ("bare", "bare.html")):
                cold, warm, paths = visit_twice(browser, address + page, name == "ours")
                times.setdefault(f"{name} cold", []).append(cold)
                times.setdefault(f"{name} warm", []).append(warm)
                asked |= paths if name == "ours" else set()
    median = {name: statistics.median(values) for name, values in times.items()}
    rows = [row(kind, median[f"ours {kind}"], median[f"bare {kind}"]) for kind in ("cold", "warm")]
    return Measured(rows, {"bytes": bytes_by_folder(dist, asked)})


def row(kind: str, ours: float, bare: float) -> Row:
    """One comparison with the bare platform, and what we add to it."""
    return compare(f"{kind} start", ours, bare, beyond_ms=round(ours - bare, 1))


def visit_twice(browser: Browser, address: str, keeps: bool) -> tuple[float, float, set[str]]:
    """Visit a page as a new visitor and again; ms until it is ready, and the paths it asked for.

    keeps: stay on the page until it has kept what it compiled.
    """
    context = browser.new_context()
    paths: set[str] = set()

    def note(request: Request) -> None:
        paths.add(urlsplit(request.url).path.lstrip("/"))

    context.on("requestfinished", note)
    try:
        cold, page = visit(context, address)
        context.remove_listener("requestfinished", note)
        if keeps:
            page.evaluate(KEPT, PATIENCE_MS)
        page.close()
        return cold, visit(context, address)[0], paths
    finally:
        context.close()


def visit(context: BrowserContext, address: str) -> tuple[float, Page]:
    """Milliseconds from navigation until the page says that it is ready, and the page."""
    page = context.new_page()
    page.add_init_script(NOTE_READY)
    page.goto(address)
    ready = page.wait_for_function("globalThis.readyAfter", timeout=PATIENCE_MS)
    return float(ready.json_value()), page


def bytes_by_folder(dist: Path, asked: set[str]) -> list[Row]:
    """What the page asked for on a first visit: files and kB, raw and gzipped, by folder."""
    rows: dict[str, Row] = {}
    for name in sorted(asked):
        path = dist / (name or "index.html")
        if not path.is_file():
            continue
        folder = name.partition("/")[0] if "/" in name else "page"
        entry = rows.setdefault(folder, {"folder": folder, "files": 0, "kB": 0.0, "kB_gzip": 0.0})
        entry["files"] += 1
        entry["kB"] = round(entry["kB"] + path.stat().st_size / 1e3, 1)
        entry["kB_gzip"] = round(entry["kB_gzip"] + gzipped(path) / 1e3, 1)
    return list(rows.values())
