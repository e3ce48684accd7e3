"""The engine inside the page's Python: the same cases as on CPython, the same answers."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from engine.reference import write_bundle

BUNDLE = Path(__file__).parents[1] / "engine" / "bundle.py"
BLANK = '<!doctype html><title>Engine</title><link rel="icon" href="data:,">'
CHECK = """
async ([packages, program, bundle]) => {
  const at = (path) => new URL(path, document.baseURI).href;
  const { loadPyodide } = await import(at("./pyodide/pyodide.mjs"));
  const wheels = packages.map((name) => (name.startsWith(".") ? at(name) : name));
  const python = await loadPyodide({ packages: wheels });
  const bytes = Uint8Array.from(atob(bundle), (letter) => letter.charCodeAt(0));
  python.FS.writeFile("bundle.py", program);
  python.FS.writeFile("bundle.npz", bytes);
  const failures = python.runPython(`
import json, sys
sys.path.insert(0, ".")
from bundle import check_bundle
json.dumps(check_bundle("bundle.npz"))`);
  return JSON.parse(failures);
}
"""


@pytest.mark.slow
def test_every_operator_computes_in_the_page_what_onnxruntime_computes(
    page: Page, site: Any
) -> None:
    config = site.url + "pyscript.json"
    packages = json.loads(page.request.get(config).text())["packages"]
    page.route("**/engine-check.html", lambda route: route.fulfill(body=BLANK))
    page.goto(site.url + "engine-check.html")
    bundle = base64.b64encode(write_bundle()).decode()
    failures = page.evaluate(CHECK, [packages, BUNDLE.read_text(encoding="utf-8"), bundle])
    assert not failures, "\n".join(failures)
