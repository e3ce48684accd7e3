"""The lines that put what is seen into an article, in three ways."""

from __future__ import annotations

import json
from html import escape
from urllib.parse import quote

from tensorama.phrases import Phrase, phrase

_HIGH = 460  # CSS pixels


def snippets(home: str, model: str, title: str, link: str, wheel: str) -> list[tuple[Phrase, str]]:
    """What each is for, and its lines.

    home: the address of this site's folder. model: that of the model, or a name for it. link: what
    is seen of it, as `address.to_link` writes it. wheel: the file name of this program.
    """
    page = f"{home}?embed&model={quote(model, safe=':/%')}#{link}"
    return [
        (
            phrase("As HTML: the first line once on a page"),
            f'<script src="{escape(home)}view.js"></script>\n'
            f'<tensorama-view src="{escape(model)}" state="{link}"></tensorama-view>',
        ),
        (
            phrase("As a frame, where scripts are not allowed"),
            f'<iframe src="{escape(page)}" title="{escape(title)}"\n'
            f'  style="width: 100%; height: {_HIGH}px; border: 0"></iframe>',
        ),
        (phrase("In Python, with PyScript"), _in_python(home, model, link, wheel)),
    ]


def _in_python(home: str, model: str, link: str, wheel: str) -> str:
    config = {
        "interpreter": f"{home}pyodide/pyodide.mjs",
        "packages": ["numpy", f"{home}wheels/{wheel}"],
        "packages_cache": "passthrough",
        "plugins": ["!error"],
        "js_modules": {"main": {f"{home}vendor/three/three.module.js": "three"}},
    }
    return f"""<script src="{escape(home)}embed.js" data-box="#demo"></script>
<link rel="stylesheet" href="{escape(home)}pyscript/core.css">
<script type="module" src="{escape(home)}pyscript/core.js"></script>
<div id="demo" style="height: {_HIGH}px"></div>
<py-script config='{escape(json.dumps(config))}'>
import tensorama as tr
await tr.show({json.dumps(model)}, target="#demo", state="{link}")
</py-script>"""
