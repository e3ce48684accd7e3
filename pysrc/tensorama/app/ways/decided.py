"""How trees and linear models decided: the ways through the trees, the features that weighed most.

What is listed is what `tr.explain` says of the score, which a press on it shows in full.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from tensorama.app import later
from tensorama.app.desk import Desk
from tensorama.app.ways.made import Panel, button, element, pin
from tensorama.engine import Trace
from tensorama.onnxfile import Node
from tensorama.outputs.readings import Decision, Weighed, deciders, decision, size_of, trees_of
from tensorama.phrases import Phrase, counted, phrase, sentences
from tensorama.view import ffi

if TYPE_CHECKING:
    from tensorama.explain.account import Path, Turn

_TREES, _FEATURES = 5, 8  # that are listed
_MOST_ASKED = 20_000  # questions and leaves that are read without being asked to
Written = Callable[[Any], str]


class Decided(Panel):
    """The score with whom it speaks for; below it the trees or features that weighed most."""

    name = "decided"

    def __init__(self, desk: Desk, box: Any) -> None:
        self.desk = desk
        self._own, self._handlers = ffi.Handlers(), ffi.Handlers()
        self._asked: Node | None = None  # a large one that is to be followed
        self._drawn: object = None  # the run whose decision stands here
        self._which = element("select")
        self._which.setAttribute("aria-label", desk.say(phrase("Which of the models is told")))
        self._said = element("p", className="tr-way-note")
        self._list = element("div", className="tr-decided")
        box.append(self._which, self._said, self._list)
        self._own.do(self._which, "change", self._draw)

    @staticmethod
    def reads(trace: Trace | None) -> bool:
        """Whether there are trees or linear models in the graph."""
        return trace is not None and bool(deciders(trace))

    def show(self) -> None:
        """Tell the decision of the run that is shown, once what explains is here."""
        trace = self.desk.session.trace
        if trace is None or trace is self._drawn:
            return
        nodes = deciders(trace)
        if len(self._which.children) != len(nodes):
            options = (element("option", node.label, value=str(k)) for k, node in enumerate(nodes))
            self._which.replaceChildren(*options)
            self._which.value = "0"
        self._which.hidden = len(nodes) < 2
        if later.is_here_or(self.desk.session.background, self.show):
            self._draw()

    def _draw(self) -> None:
        trace = self.desk.session.trace
        nodes = deciders(trace) if trace else []
        if trace is None or not nodes:
            return
        self._drawn = trace
        self._handlers.remove()
        node = nodes[min(len(nodes) - 1, int(self._which.value or 0))]
        if size_of(node) > _MOST_ASKED and node is not self._asked:
            words = phrase("Follow {count:,} trees", count=trees_of(node))
            ask = button(self.desk.say(words), self._handlers, partial(self._follow, node))
            self._said.textContent = ""
            self._list.replaceChildren(ask)
            return
        told = decision(trace, node)
        self._said.textContent = "" if told is None else self.desk.say(_summary(told))
        self._list.replaceChildren(*([] if told is None else self._rows(told)))

    def _follow(self, node: Node) -> None:
        self._asked = node
        self._draw()

    def _rows(self, told: Decision) -> list[Any]:
        """What weighed most, one below the other; then the rest together."""
        from tensorama.app.inspect.sheet import signed  # comes later than this

        rows = self._trees(told, signed) if told.paths else self._features(told, signed)
        if told.base:
            words = phrase("base value") if told.paths else phrase("intercept")
            rows.append(self._plain(words, signed(told.base)))
        return rows

    # linear models ---------------------------------------------------------------------------

    def _features(self, told: Decision, signed: Written) -> list[Any]:
        from tensorama.explain.mathml import written

        counting = [each for each in told.weighed if each.share]
        listed, rest = counting[:_FEATURES], counting[_FEATURES:]
        most = abs(listed[0].share) if listed else 1.0
        rows = []
        for each in listed:
            made = self._button(partial(self._to_feature, told, each.feature))
            made.append(
                _named(self.desk.say(_called(told, each.feature)), _times(each, written)),
                _bar(each.share, most), element("span", signed(each.share)),
            )  # fmt: skip
            rows.append(made)
        if rest:
            words = counted(
                "{count:,} feature more", "{count:,} features more, together", len(rest)
            )
            rows.append(self._plain(words, signed(sum(each.share for each in rest))))
        return rows

    # trees -----------------------------------------------------------------------------------

    def _trees(self, told: Decision, signed: Written) -> list[Any]:
        paths = told.paths
        if len(paths) == 1:
            return [self._path(told, paths[0], signed)]
        rows = []
        for place, path in enumerate(paths[:_TREES]):
            summary = element("summary", className="tr-row")
            summary.append(
                element("span", self.desk.say(phrase("tree {number}", number=path.tree))),
                _bar(path.share, abs(paths[0].share) or 1.0), element("span", signed(path.share)),
            )  # fmt: skip
            made = element("details", open=not place)
            made.append(summary, self._path(told, path, signed))
            rows.append(made)
        rest = paths[_TREES:]
        if rest:
            words = counted("{count:,} tree more", "{count:,} trees more, together", len(rest))
            rows.append(self._plain(words, signed(sum(path.share for path in rest))))
        return rows

    def _path(self, told: Decision, path: Path, signed: Written) -> Any:
        """Each question with its answer, and the leaf at the end."""
        made = element("ol", className="tr-in-path")
        for turn in path.turns:
            line = element("li", className="tr-in-yes" if turn.yes else "tr-in-no")
            line.append(
                self._asked_at(told, turn),
                element("em", self.desk.say(phrase("yes") if turn.yes else phrase("no"))),
            )
            made.append(line)
        leaf = element("li", className="tr-in-leaf")
        leaf.append(
            element("span", self.desk.say(phrase("leaf"))), element("b", signed(path.share))
        )
        made.append(leaf)
        return made

    def _asked_at(self, told: Decision, turn: Turn) -> Any:
        from tensorama.explain.mathml import written

        limit = (
            counted("{count:,} value", "{count:,} values", len(turn.limit))
            if isinstance(turn.limit, tuple)
            else written(turn.limit)
        )
        made = self._button(partial(self._to_feature, told, turn.feature), "")
        asked = element("b", f"{written(turn.value)} ")
        asked.append(element("i", turn.sign), f" {self.desk.say(limit)}")
        made.append(element("small", self.desk.say(_called(told, turn.feature))), " ", asked)
        return made

    # pieces ----------------------------------------------------------------------------------

    def _button(self, action: Callable[[], object], kind: str = "tr-row") -> Any:
        made = button("", self._handlers, action)
        made.className = kind
        return made

    def _plain(self, words: Phrase, amount: str) -> Any:
        row = element("div", className="tr-row")
        row.append(element("span", self.desk.say(words)), element("b"), element("span", amount))
        return row

    def _to_feature(self, told: Decision, feature: int) -> None:
        pin(self.desk, told.features, (*told.row, feature))

    def dispose(self) -> None:
        """Let go of the page's events."""
        later.forget(self.show)
        self._own.remove()
        self._handlers.remove()


def _summary(told: Decision) -> Phrase:
    """What all of them together say, and whom that speaks for."""
    from tensorama.explain.mathml import written

    score = written(told.score)
    if told.paths:
        said = counted(
            "A tree led what is shown to a leaf that says {score}.",
            "{count:,} trees together say {score}.", len(told.paths), score=score,
        )  # fmt: skip
    else:
        said = counted(
            "{count:,} feature, times its weight, says {score}.",
            "{count:,} features, each times its weight, add up to {score}.",
            len(told.weighed), score=score,
        )  # fmt: skip
    whom: Sequence[Phrase] = ()
    if told.against:
        whom = [phrase(
            "The higher this is, the more it speaks for “{label}” and against “{other}”.",
            label=told.label, other=told.against,
        )]  # fmt: skip
    elif told.label:
        whom = [phrase("This is the score of “{label}”.", label=told.label)]
    return sentences((said, *whom))


def _called(told: Decision, feature: int) -> str:
    if feature < len(told.names):
        return told.names[feature]
    return phrase("feature {number}", number=feature)


def _times(each: Weighed, written: Written) -> str:
    return f"{written(each.value)} × {written(each.weight)}"


def _named(words: str, small: str) -> Any:
    made = element("span", words)
    made.append(element("small", small))
    return made


def _bar(share: float, most: float) -> Any:
    made = element("i", className="tr-down" if share < 0 else "tr-up")
    made.style.setProperty("--share", f"{abs(share) / most:.4f}")
    return made
