"""The HTML and the CSS of the box: the page brings them along, an embedding gets them here."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files

from tensorama.app.commands import BY_NAME, HELP, key_in_words
from tensorama.phrases import Phrase

_DO = re.compile(r"{{do (\w+)([^}]*)}}")
_SAID = re.compile(r'([\w-]+)="{{say ([^}]*)}}(?: \(([^)]*)\))?"')  # an attribute, with its key
_WRITTEN = re.compile(r">{{say ([^}]*)}}<")


def template(title: str = "", poster: str = "", heading: str = "strong") -> str:
    """The HTML inside the box; its buttons and the list of keys are those of the commands.

    What is said in it, `{{say WORDS}}`, stands there in English, and once more beside it as
    `data-say` or `data-say-title`, so that it can be said in another language. heading: the element
    of the name at the top, which only a page of its own has as its heading.
    """
    text = files("tensorama.app").joinpath("shell.html").read_text("utf-8")
    text = _DO.sub(lambda found: button(found[1], found[2]), text)
    keys = "".join(_row(*row) for row in HELP)
    text = _SAID.sub(_said, text.replace("{{keys}}", keys))
    text = _WRITTEN.sub(r' data-say="\1">\1<', text)
    text = text.replace("<strong>Tensorama</strong>", f"<{heading}>Tensorama</{heading}>")
    return text.replace("{{title}}", title).replace("{{poster}}", poster)


def button(name: str, attributes: str = "") -> str:
    """The button of a command, an icon whose words are for those who do not see it."""
    command = BY_NAME[name]
    key = f" ({escape(key_in_words(command.keys[0]))})" if command.keys else ""
    words = escape(command.words)
    return (
        f'<button type="button" data-do="{name}" title="{{{{say {words}}}}}{key}"{attributes}>'
        f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{command.icon}"/></svg>'
        f'<span class="tr-say">{{{{say {words}}}}}</span></button>'
    )


def _said(found: re.Match[str]) -> str:
    name, words, key = found[1], found[2], found[3]
    shown = f'{name}="{words}{f" ({key})" if key else ""}" data-say-{name}="{words}"'
    return shown + (f' data-key="{key}"' if key else "")


def _row(key: str, does: str, commands: str = "") -> str:
    of = f' data-of="{commands}"' if commands else ""
    return f"<dt{of}>{_help(key)}</dt><dd{of}>{_help(does)}</dd>"


def _help(text: str) -> str:
    return f"{{{{say {escape(text)}}}}}" if isinstance(text, Phrase) else escape(text)


def style() -> str:
    """The CSS of the box; all of it is scoped to `.tensorama`."""
    return files("tensorama.app").joinpath("style.css").read_text("utf-8")
