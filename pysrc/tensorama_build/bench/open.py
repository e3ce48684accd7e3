"""How long a file takes from its bytes to the first picture, against onnxruntime-web.

In Chromium, in one page, in turn; medians are compared. Ours: read, planned, run once with every
tensor kept, arranged, and the first frame of its picture handed to the graphics card. Theirs: a
session made and run once on one thread, which gives the final output alone. Files have the sizes
that people's have, with their weights in them (see `real`).

`first_ms` and `their_first_ms` are of the first time in a page: what is loaded and compiled once
counts there and not in the medians. `longest_ms` is the longest task of the page while ours was
opened, in the median; browsers tell only of tasks of 50 ms or more, so 0 is none of these.
"""

import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser

from ..build import build_site
from ..fetch import Fetcher
from ..lock import BENCH_LOCK_FILE, read_lock
from ..places import Places
from .browser import launched, served, settle
from .real import RealFile, real_files
from .report import Measured, Row, compare

HERE = Path(__file__).parent
ROUNDS = 8  # the first of which is told by itself
PATIENCE_MS = 300_000


def measure(places: Places) -> Measured:
    """Each file in a page of its own."""
    rows = []
    files = list(real_files(places))
    with prepared(places, files) as folder, served(folder) as address, launched() as browser:
        for file in files:
            rows.append(measure_in_page(browser, address, file))
            print(f"{file.name}: {rows[-1]['ratio']}", flush=True)
    return Measured(rows)


def measure_in_page(browser: Browser, address: str, file: RealFile) -> Row:
    """Open one file again and again on both sides."""
    page = browser.new_page(reduced_motion="reduce")
    page.set_default_timeout(PATIENCE_MS)
    page.add_init_script(path=HERE / "open.js")
    page.goto(address)
    settle(page)
    task = {"network": file.name, "input": file.input, "shape": file.shape, "type": file.type}
    times = page.evaluate("measure", {**task, "rounds": ROUNDS})
    page.close()
    return row(file, times["ours"], times["theirs"])


def row(
    file: RealFile, ours: Sequence[dict[str, float]], theirs: Sequence[dict[str, float]]
) -> Row:
    """Medians of all rounds but the first."""
    median = [statistics.median(time["ms"] for time in times[1:]) for times in (ours, theirs)]
    return compare(
        file.name,
        *median,
        MB=round(len(file.data) / 1e6, 1),
        first_ms=round(ours[0]["ms"], 1),
        their_first_ms=round(theirs[0]["ms"], 1),
        longest_ms=round(statistics.median(time["longest"] for time in ours[1:])),
    )


@contextmanager
def prepared(places: Places, files: Sequence[RealFile]) -> Iterator[Path]:
    """A copy of dist/ to serve, with onnxruntime and the files beside it."""
    dist = build_site(places)
    locked = read_lock(BENCH_LOCK_FILE)
    assets = [asset for name, asset in locked.items() if name.startswith("onnxruntime/")]
    fetcher = Fetcher(places.cache)
    fetcher.fetch_all(assets)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "site"
        shutil.copytree(dist, folder)
        for asset in assets:
            target = folder / asset.name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(fetcher.path(asset), target)
        (folder / "networks").mkdir()
        for file in files:
            (folder / "networks" / f"{file.name}.onnx").write_bytes(file.data)
        yield folder
