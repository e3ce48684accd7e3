"""The SIMD kernel as the page loads it: on numpy's own memory, in Pyodide."""

import base64
from typing import Any

import pytest
from playwright.sync_api import Page

from browser.conftest import Site
from engine.test_architectures import LENET

START = """
async () => {
    const { loadPyodide } = await import("./pyodide/pyodide.mjs");
    const names = JSON.parse(await (await fetch("./pyscript.json")).text()).packages;
    globalThis.python = await loadPyodide({ packages: names });
}
"""


def run(page: Page, code: str) -> Any:
    """Run Python in the page; give back the value of its last line."""
    return page.evaluate("code => python.runPython(code)", code)


@pytest.fixture
def python(page: Page, site: Site) -> Page:
    """A page that has started Python with our packages, and nothing else."""
    blank = '<!doctype html><title>Kernel</title><link rel="icon" href="data:,">'
    page.route("**/blank.html", lambda route: route.fulfill(body=blank, content_type="text/html"))
    page.goto(site.url + "blank.html")
    page.evaluate(START)
    return page


@pytest.mark.slow
def test_the_page_computes_with_the_kernel_and_grows_its_memory(python: Page) -> None:
    """The same products come out before and after the memory has moved to a larger place."""
    came = run(python, """
        import numpy as np
        from tensorama.engine import contract, kernel
        assert kernel.active() is not None
        a = np.random.default_rng(0).random((70, 300), np.float32)
        b = np.random.default_rng(1).random((300, 500), np.float32)
        before = contract.matmul(a, b)
        large = [np.ones(20_000_000, np.float32) for _ in range(8)]
        after = contract.matmul(a, b)
        wanted = a.astype(np.float64) @ b
        bool((before == after).all() and np.allclose(after, wanted, rtol=1e-5))
    """)  # fmt: skip
    assert came is True


@pytest.mark.slow
def test_both_variants_and_numpy_agree_in_the_page(python: Page) -> None:
    """A convolution is the same by relaxed SIMD, by plain SIMD and without the kernel."""
    came = run(python, """
        from pathlib import Path
        import numpy as np
        from tensorama.engine import contract, kernel
        rng = np.random.default_rng(2)
        x, w = rng.random((1, 6, 19, 23), np.float32), rng.random((8, 3, 3, 3), np.float32)
        arguments = (x, w, (2, 1), (1, 2), 2, ((1, 1), (2, 0)), rng.random(8, np.float32))
        with kernel.using(None):
            wanted = contract.conv(*arguments)
        folder = Path(kernel.__file__).parent
        largest = []
        for name in ("plain", "relaxed"):
            with kernel.using(kernel.Library(folder / f"{name}.wasm")):
                largest.append(float(abs(contract.conv(*arguments) - wanted).max()))
        max(largest)
    """)  # fmt: skip
    assert came < 1e-5


@pytest.mark.slow
def test_a_network_that_runs_again_is_one_call_with_the_same_bits(python: Page) -> None:
    """Also after the memory has grown; what older runs recorded stays what it was."""
    lenet = base64.b64encode(LENET.read_bytes()).decode()
    python.evaluate("lenet => { globalThis.lenet = lenet; }", lenet)
    came = run(python, """
        import base64, js
        import numpy as np
        import tensorama as tr
        from tensorama.engine import kernel, steps

        played = []
        play = kernel.Player.play
        kernel.Player.play = lambda *given: played.append(1) or play(*given)
        data = base64.b64decode(js.lenet)
        def fed(seed):
            x = np.random.default_rng(seed).random((2, 1, 28, 28), np.float32)
            return {"input": x}
        def bits(trace):
            return {name: array.tobytes() for name, array in trace.items()}
        wanted = [bits(tr.load(data).run(fed(seed))) for seed in range(4)]
        model = tr.load(data)
        traces = [model.run(fed(0))]
        played.clear()
        traces.append(model.run(fed(1)))
        large = [np.ones(20_000_000, np.float32) for _ in range(8)]
        traces.append(model.run(fed(2)))
        last = {s.node.op: s.seconds for s in steps(model, fed(3))}
        traces.append(model.run(fed(3)))
        [bits(trace) for trace in traces] == wanted, len(played), len(traces[3].steps), len(last)
    """)  # fmt: skip
    assert list(came) == [True, 4, 13, 6]
