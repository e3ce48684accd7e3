"""`build.py bench`: run one suite of measurements, print its table, write its rows.

A suite is a module of this package with `measure(places) -> Measured`; one that can also measure
without a browser has `measure_native` as well, one whose README table is made of several numbers
has `markdown(measured)`.
"""

import importlib
import importlib.util
from pathlib import Path

from ..errors import BuildError
from ..places import Places
from .report import Measured, table, write_json

__all__ = ["Measured", "run_suite"]


def run_suite(
    places: Places,
    name: str,
    json_file: Path | None,
    native: bool = False,
    markdown: bool = False,
) -> int:
    """Run the suite of that name; return the exit code."""
    module = f"{__name__}.{name}"
    if importlib.util.find_spec(module) is None:
        raise BuildError(f"The suite {name!r} is not written yet.")
    suite = importlib.import_module(module)
    if native and not hasattr(suite, "measure_native"):
        raise BuildError(f"The suite {name!r} measures in a browser only; leave out --native.")
    if markdown and not hasattr(suite, "markdown"):
        raise BuildError(f"The suite {name!r} has no Markdown table; leave out --markdown.")
    measured: Measured = suite.measure_native(places) if native else suite.measure(places)
    print(suite.markdown(measured) if markdown else table(measured))
    if json_file:
        write_json(measured, json_file)
    return 0
