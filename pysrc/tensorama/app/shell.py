"""The HTML and the CSS of the box: the page brings them along, an embedding gets them here."""

from __future__ import annotations

from importlib.resources import files


def template(title: str = "", poster: str = "") -> str:
    """The HTML inside the box."""
    text = files("tensorama.app").joinpath("shell.html").read_text("utf-8")
    return text.replace("{{title}}", title).replace("{{poster}}", poster)


def style() -> str:
    """The CSS of the box; all of it is scoped to `.tensorama`."""
    return files("tensorama.app").joinpath("style.css").read_text("utf-8")
