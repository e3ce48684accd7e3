"""The answer beside the input: the classes as bars, the best one strong."""

from __future__ import annotations

from typing import Any

from tensorama.app.desk import Desk
from tensorama.outputs import Answer, Candidate, as_classes, remarks
from tensorama.phrases import phrase
from tensorama.view import ffi

_ROWS = 10  # with more classes only the likeliest are listed


class AnswerBars:
    """Writes an answer into a box, a row for each class; rows are kept and updated."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.box = desk, desk.frame.part("answer")
        self._rows: list[Any] = []
        self._because = desk.frame.part("because")
        self._note = ffi.document.createElement("p")
        desk.session.ran.listen(lambda finished: self._ran())
        desk.session.named.listen(self._ran)
        desk.spoken.listen(self._ran)
        desk.store.listen(lambda before, after: self._ran(), "reading")
        desk.asked.listen(lambda name: self._ran() if name == "answer" else None)

    def _ran(self) -> None:
        session, state, (kind, tensor) = self.desk.session, self.desk.state, self.desk.state.reading
        to_nothing = session.draws and not state.strokes and not session.has_photo
        self._because.hidden = session.trace is None
        self._because.children[0].hidden = session.answer is None or to_nothing
        answer = None if self.desk.reads else session.answer
        if kind:
            trace = session.trace if kind in ("bars", "scores") else None
            answer = as_classes(trace, tensor, kind == "bars") if trace else None
        self._show(answer, to_nothing)

    def _show(self, answer: Answer | None, to_nothing: bool = False) -> None:
        """Show this answer, or nothing; `to_nothing`: nothing was drawn that it could be about."""
        shown = _listed(answer) if answer else []
        most = max([0, *(c.share for c in shown)]) or 1  # scores may all lie below zero
        while len(self._rows) < len(shown):
            self._rows.append(self._new_row())
        while len(self._rows) > len(shown):
            self._rows.pop().remove()
        for row, candidate in zip(self._rows, shown, strict=True):
            assert answer is not None
            label, bar, share = row.children
            label.textContent = label.title = self.desk.say(candidate.label)
            part = candidate.share / (most if answer.raw else 1)
            bar.style.setProperty("--share", f"{max(0.0, min(1.0, part)):.4f}")
            share.textContent = f"{candidate.share:.4g}" if answer.raw else _percent(part)
            row.classList.toggle("tr-best", candidate == answer.best and not to_nothing)
        remark = phrase("The pad is empty.") if to_nothing else remarks(answer, len(shown))
        words = self.desk.say(remark)
        self._note.textContent = words[:1].upper() + words[1:]
        self.box.append(self._note)

    def _new_row(self) -> Any:
        row = ffi.document.createElement("div")
        row.className = "tr-row"
        for kind in ("span", "i", "span"):
            row.append(ffi.document.createElement(kind))
        self.box.append(row)
        return row

    def dispose(self) -> None:
        """Take the rows away."""
        self.box.replaceChildren()


def _percent(share: float) -> str:
    percent = f"{share * 100:.1f}"
    return "100 %" if percent == "100.0" else f"{percent} %"


def _listed(answer: Answer) -> list[Candidate]:
    if len(answer.candidates) <= _ROWS:
        return list(answer.candidates)
    return sorted(answer.candidates, key=lambda c: -c.share)[:_ROWS]
