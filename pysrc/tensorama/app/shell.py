"""The HTML and the CSS of the box: the page brings them along, an embedding gets them here."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files

from tensorama.app.commands import BY_NAME, HELP, key_in_words

_DO = re.compile(r"{{do (\w+)([^}]*)}}")


def template(title: str = "", poster: str = "") -> str:
    """The HTML inside the box; its buttons and the list of keys are those of the commands."""
    text = files("tensorama.app").joinpath("shell.html").read_text("utf-8")
    text = _DO.sub(lambda found: button(found[1], found[2]), text)
    keys = "".join(f"<dt>{escape(key)}</dt><dd>{escape(does)}</dd>" for key, does in HELP)
    text = text.replace("{{keys}}", keys)
    return text.replace("{{title}}", title).replace("{{poster}}", poster)


def button(name: str, attributes: str = "") -> str:
    """The button of a command, an icon whose words are for those who do not see it."""
    command = BY_NAME[name]
    key = f" ({key_in_words(command.keys[0])})" if command.keys else ""
    words = escape(command.words)
    return (
        f'<button type="button" data-do="{name}" title="{words}{key}"{attributes}>'
        f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{command.icon}"/></svg>'
        f'<span class="tr-say">{words}</span></button>'
    )


def style() -> str:
    """The CSS of the box; all of it is scoped to `.tensorama`."""
    return files("tensorama.app").joinpath("style.css").read_text("utf-8")
