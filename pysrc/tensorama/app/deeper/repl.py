"""Python, line by line: runs what was typed over some names, and tells what came of it. No page.

Made of Python's own parts: `ast` and `codeop` say whether a text is whole, `rlcompleter` what it
could go on with. (Pyodide's console takes one statement at a time, and fetches packages from
elsewhere for what is imported.) What runs too long is stopped, as it would stop the page.
"""

from __future__ import annotations

import ast
import codeop
import contextlib
import inspect
import linecache
import rlcompleter
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from io import TextIOBase
from itertools import count
from types import CodeType, FrameType
from typing import Any

import numpy as np

from tensorama.phrases import phrase

SECONDS = 5.0  # that a line may take without a pause
_MOST = 12_000  # letters that one line may print
_LONG, _HEAD, _TAIL = 2_400, 1_600, 500  # letters of a value, and what is kept of a longer one
_SMALL = 60  # numbers of an array that is written in full
_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_TOOL = 4  # of those that `sys.monitoring` has room for
_OURS = (__file__, contextlib.__file__)  # what ends the watch is not stopped itself
_ENDS = " \t\n()[]{}:;,=+-*/%@&|^~<>!\"'`"  # signs before the name that is completed


class TooLongError(KeyboardInterrupt):
    """A line took too long; like Ctrl + C, `except Exception` does not hear of it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a line: `value` as text, or `error`, its last line, and `trace`, all of it."""

    value: str = ""
    error: str = ""
    trace: str = ""
    stopped: bool = False  # as it took too long


class Repl:
    """Runs lines over `names`, which they can change; `write(text)` gets what they print."""

    def __init__(
        self, names: dict[str, Any], write: Callable[[str], None], seconds: float = SECONDS
    ) -> None:
        self.names, self._write, self._seconds = names, write, seconds
        self._files = count(1)

    def unfinished(self, source: str) -> bool:
        """Whether more is to be typed before this can run."""
        try:
            compile(source, "<console>", "exec", _FLAGS | ast.PyCF_ONLY_AST)
        except (SyntaxError, ValueError, OverflowError):
            return _opens(source)
        return "\n" in source and source.rpartition("\n")[2][:1].isspace()

    def complete(self, source: str) -> tuple[list[str], int]:
        """What the end of a text could go on with, and where in it that begins."""
        start = max((source.rfind(sign) for sign in _ENDS), default=-1) + 1
        key = _subscript(source)
        if key is not None:
            return self._keys(source, *key)
        begun = source[start:]
        if not begun:
            return [], start
        completer, found = rlcompleter.Completer(self.names), []
        for number in count():
            name = completer.complete(begun, number)
            if name is None:
                break
            found.append(name.rstrip("(: "))
        hidden = begun.rpartition(".")[2].startswith("_")
        plain = {n for n in found if hidden or not n.rpartition(".")[2].startswith("_")}
        return sorted(plain), start

    def _keys(self, source: str, name: str, start: int) -> tuple[list[str], int]:
        """The keys of a mapping: `trace["con` goes on with the names of tensors."""
        held, begun = self.names.get(name), source[start:]
        keys = list(held) if isinstance(held, Mapping) else []
        return sorted(k for k in keys if isinstance(k, str) and k.startswith(begun)), start

    async def run(self, source: str) -> Outcome:
        """Run this to its end."""
        name = f"<console {next(self._files)}>"
        linecache.cache[name] = len(source), None, source.splitlines(True), name
        try:
            out = _Out(self._write)
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                value = None
                for code in _codes(source, name):
                    value = await self._one(code)
                with watched(self._seconds):
                    text = "" if value is None else shown(value)
        except TooLongError:
            said = phrase(
                "Stopped after {seconds:g} s, so that the page can go on.", seconds=self._seconds
            )
            return Outcome(error=said, stopped=True)
        except (Exception, KeyboardInterrupt, SystemExit) as error:
            return _failed(error, name)
        if value is not None:
            self.names["_"] = value
        return Outcome(text)

    async def _one(self, code: CodeType) -> Any:
        with watched(self._seconds):
            value = eval(code, self.names)
        if code.co_flags & inspect.CO_COROUTINE:
            return await _Watched(value, self._seconds)
        return value


def _codes(source: str, name: str) -> Iterator[CodeType]:
    """What is to be executed, and last an expression whose value is told."""
    tree = compile(source, name, "exec", _FLAGS | ast.PyCF_ONLY_AST)
    assert isinstance(tree, ast.Module)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and not source.rstrip().endswith(";"):
        tree.body.pop()
        if tree.body:
            yield compile(tree, name, "exec", _FLAGS)
        yield compile(ast.Expression(last.value), name, "eval", _FLAGS)
    else:
        yield compile(tree, name, "exec", _FLAGS)


def _opens(source: str) -> bool:
    try:
        return codeop.CommandCompiler()(source, "<console>", "exec") is None
    except (SyntaxError, ValueError, OverflowError):
        return False  # running it says what is wrong


def _subscript(source: str) -> tuple[str, int] | None:
    """Of `trace["con` the name and where the key begins."""
    for quote in "\"'":
        before, bracket, begun = source.rpartition(f"[{quote}")
        if bracket and quote not in begun:
            name = before.rpartition(" ")[2]
            for sign in _ENDS:
                name = name.rpartition(sign)[2]
            return (name, len(source) - len(begun)) if name.isidentifier() else None
    return None


def _failed(error: BaseException, name: str) -> Outcome:
    """The last line of an error, and the way to it from what was typed on."""
    way = traceback.extract_tb(error.__traceback__)
    own = next((n for n, step in enumerate(way) if step.filename == name), len(way))
    lines = traceback.format_list(way[own:]) + traceback.format_exception_only(error)
    last = traceback.format_exception_only(error)[-1].strip()
    return Outcome(error=last, trace="".join(lines).rstrip())


def shown(value: Any) -> str:
    """A value as text that a panel has room for: of a large array its shape, range and corners."""
    if isinstance(value, np.ndarray) and value.size > _SMALL:
        return _array(value)
    text = repr(value)
    return text if len(text) <= _LONG else f"{text[:_HEAD]} … {text[-_TAIL:]}"


def _array(value: np.ndarray) -> str:
    head = f"array {value.shape} {value.dtype}"
    if value.dtype.kind in "fiu":
        head += f", {value.min():.4g} … {value.max():.4g}, mean {value.mean():.4g}"
    edges = 2 if value.ndim < 3 else 1
    with np.printoptions(threshold=_SMALL // 2, edgeitems=edges, precision=4, linewidth=90):
        text = str(value)
    return f"{head}\n{text if len(text) <= _LONG else text[:_HEAD] + ' …'}"


class _Out(TextIOBase):
    """Hands on what is printed, up to a limit."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._hand_on, self._left = write, _MOST

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._left > 0:
            self._hand_on(text if len(text) <= self._left else text[: self._left] + " …\n")
            self._left -= len(text)
        return len(text)


class _Watched(Awaitable[Any]):
    """A coroutine of which no step between two pauses takes too long."""

    def __init__(self, work: Any, seconds: float) -> None:
        self._work, self._seconds = work, seconds

    def __await__(self) -> Generator[Any, Any, Any]:
        steps = self._work.__await__()
        answer: Any = None
        while True:
            try:
                with watched(self._seconds):
                    asked = steps.send(answer)
            except StopIteration as stop:
                return stop.value
            try:
                answer = yield asked
            except BaseException as error:
                asked = steps.throw(error)
                answer = yield asked


@contextlib.contextmanager
def watched(seconds: float) -> Iterator[None]:
    """Raise TooLongError in what runs in here once it has run so long: at its next loop or call.

    What one call of numpy does cannot be stopped.
    """
    end = time.perf_counter() + seconds

    def look(code: CodeType, *where: Any) -> None:
        if time.perf_counter() > end and code.co_filename not in _OURS:
            raise TooLongError

    watch = _by_monitoring if hasattr(sys, "monitoring") else _by_tracing
    with watch(look):
        yield


@contextlib.contextmanager
def _by_monitoring(look: Callable[..., None]) -> Iterator[None]:
    """Look at every jump and every call."""
    seeing = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    if seeing.get_tool(_TOOL) is not None:  # a line within a line
        yield
        return
    seeing.use_tool_id(_TOOL, "tensorama")
    events = (seeing.events.JUMP, seeing.events.PY_START)
    try:
        for event in events:
            seeing.register_callback(_TOOL, event, look)
        seeing.set_events(_TOOL, events[0] | events[1])
        yield
    finally:
        seeing.set_events(_TOOL, 0)
        for event in events:
            seeing.register_callback(_TOOL, event, None)
        seeing.free_tool_id(_TOOL)


@contextlib.contextmanager
def _by_tracing(look: Callable[..., None]) -> Iterator[None]:
    """The same before Python 3.12: look at every instruction."""

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        look(frame.f_code)
        frame.f_trace_opcodes = True
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)
