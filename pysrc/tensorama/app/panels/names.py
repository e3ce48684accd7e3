"""The names beside the blocks: what a click on one does, how hot it is, what the answer is."""

from __future__ import annotations

from tensorama.app.actions import opening
from tensorama.app.desk import Desk
from tensorama.app.heat import heat_of
from tensorama.view.labels import Labels
from tensorama.view.stage import Stage

_LABELLED = 24  # up to so many output cells have their class written beside them


class Names:
    """Keeps the labels in step with the picture."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.labels = Labels(desk.frame.part("labels"), self._clicked, desk.pointer.name, desk.say)
        self._compared: object = None  # the items that the heat was compared among
        desk.session.opened.listen(self._begin)
        desk.spoken.listen(self._say_anew)
        desk.session.ran.listen(lambda finished: self._ran())
        desk.session.timed.listen(self._paint)
        desk.session.named.listen(self._write_answer)
        desk.store.listen(lambda before, after: self._open(), "opened")
        desk.store.listen(lambda before, after: self._paint(), "heat")
        desk.drawn.listen(self._follow)

    def _clicked(self, item: int) -> None:
        self.desk.jump(opening.toggled(self.desk.state, self.desk.items, item))

    def _begin(self) -> None:
        self.labels.show(self.desk.stage.scene)
        self._open()

    def _say_anew(self) -> None:
        """Write every name in another language."""
        self._begin()
        if self.desk.session.trace is not None:
            self._ran()
        self.desk.stage.soon()

    def _open(self) -> None:
        self.labels.set_open(self.desk.items.numbers(self.desk.state.opened))

    def _ran(self) -> None:
        self._write_answer()
        self._paint()

    def _paint(self) -> None:
        heat = heat_of(self.desk)
        self._compared = self.desk.stage.player.items
        if heat:
            self.labels.paint(heat.shares, heat.words)
        else:
            self.labels.paint(None)

    def _write_answer(self) -> None:
        """Write the classes beside the cells of the output, the answer's one strong."""
        answer, blocks = self.desk.session.answer, self.desk.stage.scene.blocks
        number = next(
            (n for n, b in enumerate(blocks) if answer and b.layer.tensor == answer.tensor), -1
        )
        if answer and number >= 0 and blocks[number].picture.cols == 1:
            words = [self.desk.say(c.label) for c in answer.candidates[:_LABELLED]]
            self.labels.write_beside(number, words, answer.best.index)
        else:
            self.labels.write_beside(-1, ())

    def _follow(self) -> None:
        stage = self.desk.stage
        if self.desk.state.heat and stage.player.items is not self._compared:
            self._paint()
        if isinstance(stage, Stage):
            step = stage.player.step
            self.labels.mark(None if step is None else int(stage.player.items[step]))
            self.labels.follow(stage)

    def dispose(self) -> None:
        """Take the labels away."""
        self.labels.dispose()
