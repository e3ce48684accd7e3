"""The CSS of these rooms; all of it is scoped to the box, as `style.css` is."""

from __future__ import annotations

from importlib.resources import files


def css() -> str:
    """What `style.css` in this folder says."""
    return files("tensorama.app.deeper").joinpath("style.css").read_text("utf-8")
