"""Build, serve, test and measure Tensorama: the one command a person needs.

    python build.py             make the static site in dist/
    python build.py serve       build, serve it on this machine and open the browser
    python build.py test        formatter, linter, types, unit tests, a real Chromium
    python build.py bench load  measure; also `bench engine`, `bench open`, `bench scene`
    python build.py fuzz        change models at random and see that each gets a sentence

Needs Python 3.11 or newer and nothing else: the first run makes `.venv` beside this file from the
versions pinned in pyproject.toml, and every command then runs in there.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main():
    """Hand the command line to `tensorama_build`, inside .venv where the command needs it."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the one file that older Pythons read
        found = "%d.%d" % sys.version_info[:2]  # noqa: UP031
        sys.exit("build.py needs Python 3.11 or newer; this is Python " + found + ".")
    sys.path.insert(0, str(ROOT / "pysrc"))
    from tensorama_build.commands import run

    return run(ROOT, sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
