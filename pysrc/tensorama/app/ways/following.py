"""Which character comes next: the likeliest as bars, with what temperature and top k make of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.desk import Desk
from tensorama.app.ways.made import Panel, element
from tensorama.engine import Trace
from tensorama.inputs.ways import Text, ways_of
from tensorama.outputs import labels_of
from tensorama.outputs.following import SHOWN
from tensorama.outputs.readings import chosen, shares_of
from tensorama.phrases import phrase

_ROWS = 10


class Following(Panel):
    """Ten rows: a character, the share by which it would be chosen, and a mark at the network's."""

    name = "following"
    instead = True  # of the bars that know nothing of a temperature

    def __init__(self, desk: Desk, box: Any) -> None:
        self.desk, self._box = desk, box
        self._rows = []
        for _ in range(_ROWS):
            row = element("div", className="tr-row")
            row.append(element("span"), element("i"), element("span"))
            self._rows.append(row)
        self._note = element("p")
        box.append(*self._rows, self._note)

    @staticmethod
    def reads(trace: Trace | None) -> bool:
        """Whether the network says what comes next."""
        return trace is not None and shares_of(trace) is not None

    def show(self) -> None:
        """Show what the run says."""
        trace, say = self.desk.session.trace, self.desk.say
        shares = shares_of(trace) if trace else None
        if trace is None or shares is None:
            return
        way = next((way for way in ways_of(trace.model) if isinstance(way, Text)), None)
        temperature, top_k = 1.0, 0
        if way is not None:
            writing = way.writing(dict(self.desk.state.given).get(way.tensor, ()))
            temperature, top_k = writing.temperature, writing.top_k
        drawn = chosen(shares, temperature, top_k)
        labels = labels_of(trace.model, shares.size)
        best = np.argsort(-shares, kind="stable")[:_ROWS].tolist()
        for row, number in zip(self._rows, best, strict=False):
            label, bar, share = row.children
            called = labels[number] if labels else str(number)
            label.textContent = SHOWN.get(called, called)
            bar.style.setProperty("--share", f"{drawn[number]:.4f}")
            bar.style.setProperty("--own", f"{100 * shares[number]:.2f}%")
            share.textContent = f"{drawn[number] * 100:.1f} %".replace("100.0", "100")
            row.title = say(phrase(
                "The network says {own}; chosen with {share}",
                own=f"{shares[number] * 100:.1f} %", share=f"{drawn[number] * 100:.1f} %",
            ))  # fmt: skip
            row.classList.toggle("tr-best", number == best[0])
        for row in self._rows[len(best) :]:
            row.hidden = True
        self._note.textContent = say(phrase(
            "Next character, {listed} of {count}; the mark is the network's own share.",
            listed=len(best), count=shares.size,
        ))  # fmt: skip
