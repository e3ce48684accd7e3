"""What `<tensorama-view>` asks of Python: site/view.js makes the elements, this fills them."""

from __future__ import annotations

from typing import Any

from tensorama.app.running import keep_running
from tensorama.app.show import box_in, show, take_down
from tensorama.view import ffi


def serve() -> None:
    """Answer the elements from now on: `show(box, wishes)` promises whether it could be shown, and
    `takeDown(box)` is for those that leave the page."""
    handlers = ffi.Handlers()
    serving = ffi.options(show=handlers.keep(_show), takeDown=handlers.keep(_take_down))
    ffi.window.tensoramaViews.serve(serving)


def _show(element: Any, wishes: Any) -> Any:
    asked = {str(name): str(value) for name, value in ffi.js.Object.entries(wishes)}

    def start(resolve: Any, reject: Any) -> None:
        async def work() -> None:
            try:
                await show(asked.pop("src"), element, **asked)
            except Exception:  # the box has said why
                resolve(False)
            else:
                resolve(True)

        keep_running(work())

    return ffi.promise_of(start)


def _take_down(element: Any) -> None:
    box = box_in(element)
    if box is not None:
        take_down(box)
