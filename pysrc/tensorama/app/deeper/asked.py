"""What is said of a map: of which method, how it is to be read, how far it can be trusted."""

from __future__ import annotations

from tensorama.explain.gradients import Attribution, Randomized
from tensorama.phrases import Phrase, phrase

NAMES = {
    "gradient": phrase("Gradient"),
    "gradient_times_value": phrase("Gradient × value"),
    "integrated_gradients": phrase("Integrated gradients"),
    "smoothgrad": phrase("SmoothGrad"),
    "grad_cam": phrase("Grad-CAM"),
    "occlusion": phrase("Occlusion"),
}
_SAID = {
    "gradient": phrase(
        "How much the number would change if a cell grew by a tiny step: warm, it would rise; "
        "cool, it would fall."
    ),
    "gradient_times_value": phrase(
        "Each cell's value times its gradient: about what it adds to the number (warm) or takes "
        "away (cool). A cell that is 0 adds nothing."
    ),
    "integrated_gradients": phrase(
        "The gradient, gathered all the way from an empty input to this one. The shares must add "
        "up to what the number has changed by."
    ),
    "smoothgrad": phrase(
        "The mean of the gradients around this input, each with a little noise on it, so that "
        "chance evens out."
    ),
    "grad_cam": phrase(
        "Where in this layer something speaks for the number: its maps, weighed by their mean "
        "gradients and added up."
    ),
    "occlusion": phrase(
        "What the number loses when a part of the input is covered. No gradient is needed: the "
        "network runs again for each part."
    ),
}
EVERYWHERE = ("gradient", "gradient_times_value")  # these speak of every layer
CALLED = {
    "gradient": phrase("gradient"),
    "gradient_times_value": phrase("influence"),
    "integrated_gradients": phrase("share"),
    "smoothgrad": phrase("gradient"),
    "grad_cam": phrase("weight"),
    "occlusion": phrase("loss if covered"),
}
ALIKE = 0.5  # a map that is so like that of shuffled weights says little of what was learned


def told(made: Attribution) -> Phrase:
    """How a map of this method is to be read."""
    return _SAID[made.method]


def alone(made: Attribution) -> Phrase | None:
    """Of a method that speaks of what came in alone: that it does, and which does not."""
    if made.method in EVERYWHERE or made.method == "grad_cam":
        return None
    return phrase(
        "It speaks of what came in; the layers stay empty. Gradient × value has them all."
    )


def added_up(made: Attribution) -> Phrase | None:
    """Of integrated gradients: what they account for, and what is missing."""
    if made.difference is None or made.gap is None:
        return None
    off, found = abs(made.gap) / (abs(made.difference) or 1.0), made.difference - made.gap
    if abs(found) > abs(made.difference):
        return phrase(
            "They add up to {sum:.4g} instead of {difference:.4g}: {missing:.1%} too much.",
            sum=found, difference=made.difference, missing=off,
        )  # fmt: skip
    return phrase(
        "They add up to {sum:.4g} of {difference:.4g}; {missing:.1%} is missing.",
        sum=found, difference=made.difference, missing=off,
    )  # fmt: skip


def changed(other: Randomized) -> tuple[Phrase, bool]:
    """What it says that the map changes so much with shuffled weights, and whether that is well."""
    well = other.similarity < ALIKE
    if well:
        said = phrase(
            "With all weights shuffled the map is another one (likeness {likeness:.2f} of 1): it "
            "speaks of what the network learned.", likeness=other.similarity,
        )  # fmt: skip
    else:
        said = phrase(
            "With all weights shuffled the map hardly changes (likeness {likeness:.2f} of 1): it "
            "shows the input rather than what the network learned. Do not take it as a reason.",
            likeness=other.similarity,
        )
    return said, well
