"""The engine inside the page's Python: the same cases as on CPython, the same answers."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from engine.cases import all_cases
from engine.reference import write_bundle
from engine.wrong import write_wrong

BUNDLE = Path(__file__).parents[1] / "engine" / "bundle.py"
BLANK = '<!doctype html><title>Engine</title><link rel="icon" href="data:,">'
START = """
async (packages) => {
  const at = (path) => new URL(path, document.baseURI).href;
  const { loadPyodide } = await import(at("./pyodide/pyodide.mjs"));
  const wheels = packages.map((name) => (name.startsWith(".") ? at(name) : name));
  globalThis.python = await loadPyodide({ packages: wheels });
}
"""
CHECK = """
([program, bundle]) => {
  const bytes = Uint8Array.from(atob(bundle), (letter) => letter.charCodeAt(0));
  python.FS.writeFile("bundle.py", program);
  python.FS.writeFile("bundle.npz", bytes);
  const failures = python.runPython(`
import json, sys, warnings
if "." not in sys.path:
    sys.path.insert(0, ".")
from bundle import check_bundle
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    failures = json.dumps(check_bundle("bundle.npz"))
failures`);
  return JSON.parse(failures);
}
"""


EVERY = 17


def failures(page: Page, bundle: bytes) -> list[str]:
    """What the page's Python finds wrong with a bundle."""
    text = base64.b64encode(bundle).decode()
    found: list[str] = page.evaluate(CHECK, [BUNDLE.read_text(encoding="utf-8"), text])
    return found


@pytest.fixture
def python(page: Page, site: Any) -> Page:
    """A page that has started Python with our packages, and nothing else."""
    config = site.url + "pyscript.json"
    packages = json.loads(page.request.get(config).text())["packages"]
    page.route("**/engine-check.html", lambda route: route.fulfill(body=BLANK))
    page.goto(site.url + "engine-check.html")
    page.evaluate(START, packages)
    return page


@pytest.mark.slow
def test_every_operator_computes_in_the_page_what_onnxruntime_computes(python: Page) -> None:
    found = failures(python, write_bundle())
    assert not found, "\n".join(found)


@pytest.mark.slow
def test_thousands_of_wrong_sizes_in_one_page_do_no_harm(python: Page) -> None:
    """Cases with a size made wrong end as on CPython; and the page's Python still computes."""
    found = failures(python, write_wrong(EVERY))
    assert not found, "\n".join(found)
    usual = failures(python, write_bundle(all_cases()[::40]))
    assert not usual, "\n".join(usual)
