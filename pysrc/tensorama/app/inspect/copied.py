"""Pure movement: the number stands elsewhere too, and that is the way to go."""

from __future__ import annotations

from tensorama.app.inspect.sheet import Sheet, section, way
from tensorama.explain import Explanation
from tensorama.phrases import phrase


def body(sheet: Sheet, explained: Explanation) -> str:
    """The cell that it is a copy of."""
    term = next(explained.strongest(1), None)
    if term is None:
        return ""
    ways = [way(source, source.role) for source in term.sources if source.inside]
    return section(
        phrase("A copy of"), f'<div class="tr-in-row tr-in-window">{"".join(ways)}</div>'
    )


BODIES = {"movement": body}
