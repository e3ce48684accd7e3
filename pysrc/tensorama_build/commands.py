"""The command line: which commands there are, and which part of this package does each.

Standard library only; what a command needs is imported when it is chosen.
"""

import argparse
import sys
from pathlib import Path

from . import venv
from .errors import BuildError
from .places import Places

STYLES = ("volumes", "boxes", "scene")  # as in `tensorama.figure`
SUITES = ("engine", "open", "scene", "load", "explain")


def parser() -> argparse.ArgumentParser:
    """Describe the command line; `--help` prints this."""
    top = argparse.ArgumentParser(
        prog="build.py",
        description="Build, serve, test and measure Tensorama. Without a command: build.",
        epilog="The first run makes .venv from the versions pinned in pyproject.toml. Downloads are"
        " kept in the user's cache folder; TENSORAMA_CACHE names another one."
        " TENSORAMA_CHROMIUM names the Chromium to test with.",
    )
    commands = top.add_subparsers(dest="command", metavar="command")
    commands.add_parser("build", help="make the static site in dist/ (the default)")
    serve = commands.add_parser("serve", help="build, serve dist/ here and open the browser")
    serve.add_argument(
        "--port", type=port, default=0, help="port to serve on (default: a free one)"
    )
    serve.add_argument("--no-open", action="store_true", help="do not open the browser")
    test = commands.add_parser("test", help="formatter, linter, types, unit and browser tests")
    test.add_argument("--quick", action="store_true", help="leave out slow and browser tests")
    test.add_argument("-k", dest="expression", metavar="EXPR", help="only tests that match EXPR")
    bench = commands.add_parser("bench", help="measure: engine, open, scene, load or explain")
    bench.add_argument("suite", choices=SUITES, help="what to measure")
    bench.add_argument("--json", type=Path, metavar="FILE", help="also write the rows to FILE")
    bench.add_argument(
        "--native",
        action="store_true",
        help="engine, explain: on this machine's Python, not in a browser",
    )
    bench.add_argument(
        "--markdown", action="store_true", help="scene: print the tables as the README has them"
    )
    fuzz = commands.add_parser("fuzz", help="change models at random and see what goes wrong")
    fuzz.add_argument("--seconds", type=float, help="stop after so long (default: a minute)")
    fuzz.add_argument("--mutations", type=int, metavar="N", help="stop after so many")
    fuzz.add_argument("--seed", type=int, metavar="S", help="which mutations (default: new ones)")
    fuzz.add_argument("--only", type=int, metavar="N", help="only the mutation of this number")
    fuzz.add_argument("--keep", type=Path, metavar="DIR", help="write what goes wrong to files")
    pack = commands.add_parser("pack", help="write one HTML file that shows models offline")
    pack.add_argument("models", nargs="+", metavar="MODEL", help="a demo's name, or an .onnx file")
    pack.add_argument("-o", "--out", type=Path, metavar="FILE", default=Path("lesson.html"))
    pack.add_argument(
        "--state", metavar="LINK", help="what it shows at first: a link copied from the page"
    )
    figure = commands.add_parser("figure", help="draw a network for a paper, as SVG or PDF")
    figure.add_argument("model", metavar="MODEL", help="a demo's name, or an .onnx file")
    figure.add_argument(
        "-o", "--out", type=Path, metavar="FILE", help="a .svg or a .pdf (default: MODEL.svg)"
    )
    figure.add_argument("--style", choices=STYLES, default=STYLES[0], help="how layers are drawn")
    figure.add_argument(
        "--level", type=int, default=1, metavar="N", help="how deep one looks: 1 is the outermost"
    )
    figure.add_argument("--dark", action="store_true", help="light on dark, for slides")
    zipped = commands.add_parser("zip", help="write the site as one archive, for a school's server")
    zipped.add_argument("-o", "--out", type=Path, metavar="FILE", default=Path("tensorama.zip"))
    commands.add_parser("venv", help="only make .venv")
    commands.add_parser("lock", help="write assets.lock.json anew after a version in it changed")
    return top


def port(text: str) -> int:
    """A port number, or a sentence that says what one is."""
    if text.isdecimal() and int(text) < 1 << 16:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a port: give a number from 0 to 65535")


def run(root: Path, arguments: list[str]) -> int:
    """Run one command line; return the exit code."""
    options = parser().parse_args(arguments)
    places = Places(root)
    try:
        if not venv.is_inside(places):
            python = venv.ensure(places)
            if options.command == "venv":
                return 0
            return venv.enter(places, python, arguments)
        return dispatch(places, options)
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def dispatch(places: Places, options: argparse.Namespace) -> int:
    """Run the chosen command, inside .venv."""
    match options.command or "build":
        case "serve":
            from .serve import build_and_serve

            return build_and_serve(places, port=options.port, open_browser=not options.no_open)
        case "test":
            from .checks import run_checks

            return run_checks(places, quick=options.quick, expression=options.expression)
        case "bench":
            from .bench import run_suite

            suite, file = options.suite, options.json
            return run_suite(places, suite, file, options.native, options.markdown)
        case "fuzz":
            from .fuzz import run_fuzz

            o = options
            return run_fuzz(places, o.seconds, o.seed, o.mutations, o.only, o.keep)
        case "pack":
            from .build import build_site
            from .pack import write_lesson

            dist = build_site(places)
            return write_lesson(places, dist, options.models, options.out, options.state)
        case "figure":
            from .figure import write_figure

            o = options
            return write_figure(places, o.model, o.out, o.style, o.level, o.dark)
        case "zip":
            from .build import build_site
            from .school import write_zip

            return write_zip(build_site(places), options.out)
        case "lock":
            from .relock import write_lock

            return write_lock(places)
        case "venv":
            return 0
        case _:
            from .build import build_site

            build_site(places)
            return 0
