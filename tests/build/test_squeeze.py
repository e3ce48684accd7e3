"""A squeezed package is the same package once it is imported."""

import subprocess
import sys

from tensorama_build.squeeze import REST, squeezed

FILES = {
    "tiny/__init__.py": b'"""Tiny, in short."""\n\nfrom tiny.inner.deep import VALUE\n',
    "tiny/inner/__init__.py": b"",
    "tiny/inner/deep.py": b"VALUE = 7\n",
    "tiny/inner/data.txt": b"data",
    "tiny-1.0.dist-info/METADATA": b"Name: tiny\n",
}


def lay_out(files, folder):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def imported(folder):
    script = "import tiny; print(tiny.__doc__, tiny.VALUE)"
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr


def test_the_package_is_two_files_and_the_rest_stays(tmp_path):
    files = squeezed(FILES, "tiny")
    assert sorted(files) == ["tiny-1.0.dist-info/METADATA", "tiny/__init__.py", f"tiny/{REST}"]


def test_the_first_import_lays_out_the_rest_and_the_next_finds_it(tmp_path):
    lay_out(squeezed(FILES, "tiny"), tmp_path)
    assert imported(tmp_path) == "Tiny, in short. 7"
    assert not (tmp_path / "tiny" / REST).exists()
    for name, data in FILES.items():
        if not name.endswith("__init__.py"):
            assert (tmp_path / name).read_bytes() == data
    assert imported(tmp_path) == "Tiny, in short. 7"


def test_a_first_module_without_a_docstring_unpacks_as_well(tmp_path):
    lay_out(
        squeezed(FILES | {"tiny/__init__.py": b"from tiny.inner.deep import VALUE\n"}, "tiny"),
        tmp_path,
    )
    assert imported(tmp_path) == "None 7"
