"""Families are found by their text, also by that which a page has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tensorama.explain.families import Families
from tensorama_build.lean import lean


@pytest.mark.parametrize("made", [str, lambda text: lean(text)], ids=["as written", "as in a page"])
def test_a_family_is_found_by_the_name_of_an_operator(
    tmp_path: Path, made, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = 'DECLARED = []\n\n\n@declares("Relu", "Elu")\ndef one(cell):\n    return cell\n'
    (tmp_path / "curves.py").write_text(made(source), "utf-8")
    (tmp_path / "window.py").write_text(made(source.replace("Relu", "Conv")), "utf-8")
    imported: list[str] = []
    monkeypatch.setattr("tensorama.explain.families.import_module", imported.append)
    Families[str]("house", str(tmp_path / "__init__.py"), "@declares(").find("", "Relu")
    assert imported == ["house.curves"]
