"""What is committed runs anywhere: no registry's host, no path of the machine it was made on."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Written in halves, so that this file does not hold what it looks for.
REGISTRIES = re.compile(rb"npmjs\.%s|pypi\.%s|python%s\.org" % (b"(org|com)", b"org", b"hosted"))
MACHINE_PATHS = re.compile(rb"(?<![\w.~-])/(root|work|Users|home(?!/(pyodide|ada)))/[\w.]")


def committed() -> list[Path]:
    """The files git knows, as they lie in the tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False
    ).stdout.decode()
    files = [ROOT / name for name in listed.split("\0") if name]
    if not files:
        pytest.skip("this is not a git checkout")
    return [path for path in files if path.is_file()]


def test_no_committed_file_names_a_registry_host():
    assert [path.name for path in committed() if REGISTRIES.search(path.read_bytes())] == []


def test_no_committed_file_holds_a_path_of_one_machine():
    assert [path.name for path in committed() if MACHINE_PATHS.search(path.read_bytes())] == []


def test_what_is_fetched_or_built_is_not_committed():
    heavy = [path.name for path in committed() if path.suffix in {".wasm", ".whl", ".tgz"}]
    assert heavy == []
