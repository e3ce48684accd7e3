"""The answer beside the input: the classes as bars, the best one strong."""

from __future__ import annotations

from typing import Any

from tensorama.outputs import Answer, Candidate
from tensorama.view import ffi

_ROWS = 10  # with more classes only the likeliest are listed


class AnswerBars:
    """Writes an answer into a box, a row for each class; rows are kept and updated."""

    def __init__(self, box: Any) -> None:
        self.box = box
        self._rows: list[Any] = []
        self._note = ffi.document.createElement("p")

    def show(self, answer: Answer | None, to_nothing: bool = False) -> None:
        """Show this answer, or nothing; `to_nothing`: nothing was drawn that it could be about."""
        shown = _listed(answer) if answer else []
        while len(self._rows) < len(shown):
            self._rows.append(self._new_row())
        while len(self._rows) > len(shown):
            self._rows.pop().remove()
        for row, candidate in zip(self._rows, shown, strict=True):
            assert answer is not None
            label, bar, share = row.children
            label.textContent = label.title = candidate.label
            bar.style.setProperty("--share", f"{max(0.0, min(1.0, candidate.share)):.4f}")
            share.textContent = _percent(candidate.share)
            row.classList.toggle("tr-best", candidate == answer.best and not to_nothing)
        self._note.textContent = "The pad is empty." if to_nothing else _about(answer)
        self.box.append(self._note)

    def _new_row(self) -> Any:
        row = ffi.document.createElement("div")
        row.className = "tr-row"
        for kind in ("span", "i", "span"):
            row.append(ffi.document.createElement(kind))
        self.box.append(row)
        return row


def _percent(share: float) -> str:
    percent = f"{share * 100:.1f}"
    return "100 %" if percent == "100.0" else f"{percent} %"


def _about(answer: Answer | None) -> str:
    """What the bars alone do not tell: how many classes there are, ties, where shares come from."""
    if answer is None:
        return ""
    told = []
    if answer.count > _ROWS:
        told.append(f"{min(_ROWS, answer.count)} of {answer.count:,}")
    if answer.tied > 1:
        told.append(f"{answer.tied:,} are equally likely")
    if answer.computed:
        told.append("softmax of the scores")
    if answer.apart and answer.count > 1:
        told.append("each by itself")
    sentence = "; ".join(told)
    return sentence[:1].upper() + sentence[1:]


def _listed(answer: Answer) -> list[Candidate]:
    if len(answer.candidates) <= _ROWS:
        return list(answer.candidates)
    return sorted(answer.candidates, key=lambda c: -c.share)[:_ROWS]
