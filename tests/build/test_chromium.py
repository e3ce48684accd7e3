"""A Chromium is looked for in a fixed order, and one that does not start does not count."""

import sys
from pathlib import Path

import pytest

from tensorama_build import chromium
from tensorama_build.errors import BuildError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fakes are shell scripts")


def program(folder: Path, name: str, code: int = 0) -> Path:
    """A fake browser that ends with that code when asked for its version."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n")
    path.chmod(0o755)
    return path


def test_the_named_program_comes_before_all_others(tmp_path):
    program(tmp_path / "bin", "chromium")
    named = program(tmp_path, "mine")
    environ = {"TENSORAMA_CHROMIUM": str(named), "PATH": str(tmp_path / "bin")}
    assert chromium.find(environ, "linux") == named


def test_a_named_program_that_does_not_start_is_one_sentence(tmp_path):
    named = program(tmp_path, "mine", code=1)
    with pytest.raises(BuildError) as error:
        chromium.find({"TENSORAMA_CHROMIUM": str(named)}, "linux")
    assert str(error.value) == (
        f"TENSORAMA_CHROMIUM names {named}, which does not start as a Chromium."
    )


def test_chromium_comes_before_chrome_and_edge(tmp_path):
    made = [program(tmp_path, name) for name in reversed(chromium.NAMES)]
    environ = {"PATH": str(tmp_path)}
    assert list(chromium.candidates(environ, "linux")) == list(reversed(made))
    assert chromium.find(environ, "linux") == tmp_path / "chromium"


def test_a_program_without_its_libraries_is_passed_over(tmp_path):
    program(tmp_path, "chromium", code=127)
    chrome = program(tmp_path, "google-chrome")
    assert chromium.find({"PATH": str(tmp_path)}, "linux") == chrome


def test_windows_keeps_browsers_under_its_program_folders(tmp_path):
    edge = tmp_path / "Microsoft/Edge/Application/msedge.exe"
    edge.parent.mkdir(parents=True)
    edge.touch()
    environ = {"PATH": "", "PROGRAMFILES(X86)": str(tmp_path)}
    assert list(chromium.candidates(environ, "win32")) == [edge]


def test_what_is_not_there_is_downloaded_then_installed_then_explained(monkeypatch):
    asked = []
    monkeypatch.setattr(chromium, "find", lambda: asked.append("find"))
    monkeypatch.setattr(chromium, "download", lambda: asked.append("download"))
    monkeypatch.setattr(chromium, "install_package", lambda: asked.append("install_package"))
    with pytest.raises(BuildError) as error:
        chromium.ensure()
    assert asked == ["find", "download", "install_package"]
    assert str(error.value) == (
        "No Chromium was found and none could be installed: install Chromium or Chrome,"
        " or name one in TENSORAMA_CHROMIUM, and run `python build.py test` again."
    )
