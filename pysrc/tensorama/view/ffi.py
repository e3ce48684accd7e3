"""The one gate to JavaScript. Everything that touches the page imports it from here.

Proxies that JavaScript keeps (event handlers, frame callbacks) are made with `Handlers`, which
knows them all and lets go of them together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import js
import numpy as np
import pyodide_js
from pyodide.ffi import JsException, JsProxy, create_proxy, jsnull, to_js

document = js.document
window = js.window
performance = js.performance

__all__ = [
    "Handlers",
    "JsException",
    "blob",
    "document",
    "float_array",
    "found",
    "short_array",
    "is_object",
    "list_of",
    "js",
    "module",
    "on_fatal",
    "options",
    "performance",
    "next_frame",
    "promise_of",
    "put_pixels",
    "read_now",
    "save",
    "three",
    "to_json",
    "window",
]


def three() -> Any:
    """The three.js module that the page's configuration names."""
    from pyscript.js_modules import three as module

    return module


async def module(address: str) -> Any:
    """The JavaScript module at an address."""
    from pyscript import js_import

    found, *_ = await js_import(address)
    return found


def read_now(address: str) -> bytes:
    """The bytes at an address, while the page waits. Raises OSError where nothing answers."""
    request = js.XMLHttpRequest.new()
    request.open("GET", address, False)
    request.overrideMimeType("text/plain; charset=x-user-defined")  # a byte is a letter's low half
    try:
        request.send()
    except Exception as error:
        raise OSError(address) from error
    if request.status != 200:
        raise OSError(request.status, address)
    return str(request.responseText).encode("utf-16-le")[::2]


def options(**values: Any) -> Any:
    """A JavaScript object with these properties: `options(alpha=True)` is `{alpha: true}`."""
    return to_js(values, dict_converter=js.Object.fromEntries)


def to_json(value: Any) -> Any:
    """Plain data as a plain JavaScript value."""
    return js.JSON.parse(json.dumps(value))


def found(value: Any) -> Any:
    """A JavaScript value, or None where JavaScript says null or undefined."""
    return None if value is None or value is jsnull else value


def is_object(value: Any) -> bool:
    """Whether this is an object of JavaScript with names in it: no text, number, list or buffer."""
    listed = js.Array.isArray(value) or js.ArrayBuffer.isView(value)
    return isinstance(value, JsProxy) and not listed and not callable(value)


def float_array(values: np.ndarray) -> Any:
    """A new Float32Array with these numbers, copied once."""
    array = js.Float32Array.new(values.size)
    array.assign(np.ascontiguousarray(values, np.float32).reshape(-1))
    return array


def put_pixels(canvas: Any, image: np.ndarray) -> None:
    """Show an image, uint8 (height, width, 4), on a canvas that takes its size."""
    high, wide = image.shape[:2]
    canvas.width, canvas.height = wide, high
    pixels = js.ImageData.new(wide, high)
    pixels.data.assign(np.ascontiguousarray(image, np.uint8).reshape(-1))
    canvas.getContext("2d").putImageData(pixels, 0, 0)


def blob(data: bytes, kind: str = "") -> Any:
    """Bytes as the browser keeps them, outside of Python's memory; `kind`: of file, as MIME."""
    array = js.Uint8Array.new(len(data))
    array.assign(data)
    return js.Blob.new(to_js([array]), options(type=kind))


def list_of(*values: Any) -> Any:
    """A JavaScript list of these values."""
    return to_js([*values])


def save(parts: Sequence[Any], name: str) -> None:
    """Let the browser save a file of these blobs under a name, as a link to it would."""
    link = document.createElement("a")
    link.href = js.URL.createObjectURL(js.Blob.new(to_js([*parts])))
    link.download = name
    link.click()
    js.setTimeout(js.URL.revokeObjectURL.bind(js.URL, link.href), 60_000)  # it is read meanwhile


def short_array(size: int) -> Any:
    """A new Uint16Array, for the bits of so many half floats or for places of corners."""
    return js.Uint16Array.new(size)


def on_fatal(handler: Any) -> None:
    """Have a JavaScript function called should Python itself break down for good."""
    pyodide_js._api.on_fatal = handler


class Handlers:
    """Event handlers and callbacks that belong together and are removed together."""

    def __init__(self) -> None:
        self._bound: list[tuple[Any, str, Any, Any]] = []
        self._kept: list[Any] = []

    def on(self, target: Any, event: str, handler: Callable[[Any], object], **how: Any) -> None:
        """Call `handler(event)` on each such event of the target, until `remove()`."""
        proxy = create_proxy(handler)
        how_js = options(**how)
        target.addEventListener(event, proxy, how_js)
        self._bound.append((target, event, proxy, how_js))

    def do(self, target: Any, event: str, action: Callable[[], object]) -> None:
        """Call `action()` on each such event of the target; what the event says does not matter."""
        self.on(target, event, lambda event: action())

    def keep(self, callback: Callable[..., Any]) -> Any:
        """A lasting proxy of a callback, for JavaScript to call again and again."""
        proxy = create_proxy(callback)
        self._kept.append(proxy)
        return proxy

    def remove(self) -> None:
        """Take all handlers off and let their proxies go."""
        for target, event, proxy, how in self._bound:
            target.removeEventListener(event, proxy, how)
            proxy.destroy()
        for proxy in self._kept:
            proxy.destroy()
        self._bound.clear()
        self._kept.clear()


def promise_of(work: Callable[[Any, Any], None]) -> Any:
    """A JavaScript promise; `work(resolve, reject)` is called at once and must call one of them."""
    executor = create_proxy(work)
    promise = js.Promise.new(executor)
    executor.destroy()
    return promise


async def next_frame(patience: float | None = None) -> None:
    """Wait until the browser draws. A page that nobody sees draws nothing: with `patience` wait no
    longer than so many seconds."""

    def ask(go: Any, failed: Any) -> None:
        window.requestAnimationFrame(go)
        if patience is not None:
            window.setTimeout(go, 1000 * patience)

    await promise_of(ask)
