"""What the choices are called that a person has: measures of heat, scales, themes."""

from __future__ import annotations

from tensorama.phrases import Phrase, phrase

HEAT = {
    "time": phrase("time"),
    "memory": phrase("memory"),
    "parameters": phrase("parameters"),
    "multiply-adds": phrase("multiply-adds"),
}
SCALE = {"map": phrase("per map"), "layer": phrase("per layer"), "network": phrase("network")}
THEME = {"": phrase("the system's theme"), "dark": phrase("dark"), "light": phrase("light")}


def heat_words(heat: str) -> Phrase:
    """Heat by a measure, or none."""
    return phrase("heat by {measure}", measure=HEAT[heat]) if heat else phrase("no heat")
