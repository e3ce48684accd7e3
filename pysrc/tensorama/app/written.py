"""Addresses as people write them: what they are called, how they are told, which lead nowhere.

No page in it: what a browser makes of an address is in `sources`.
"""

from __future__ import annotations

import re

from tensorama.phrases import phrase

FETCHED = frozenset({"", "http", "https", "data", "blob"})  # "": relative to the page
PASSING = frozenset({"data", "blob"})  # the file itself, or for as long as a page lives
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_UNSEEN = str.maketrans("", "", "\t\n\r")  # which a browser takes out of an address
_BLANK = "".join(map(chr, range(33)))
_LONGEST = 120  # letters of an address, or of a name, that a sentence tells
_END = 40  # of these at its end, where the file's name stands


def scheme(address: str) -> str:
    """What an address begins with, "https"; "" for one relative to the page."""
    found = _SCHEME.match(address.translate(_UNSEEN).strip(_BLANK))
    return found[1].lower() if found else ""


def name_of(address: str) -> str:
    """What the file at an address is called; "" where the address is no name."""
    if scheme(address) in PASSING:
        return ""
    return told(re.split("[?#]", address, maxsplit=1)[0].rsplit("/", 1)[-1])


def told(address: str) -> str:
    """An address as a sentence tells it: of a long one its beginning and its end."""
    if len(address) <= _LONGEST:
        return address
    return f"{address[: _LONGEST - _END - 1]}…{address[-_END:]}"


def leads_nowhere(address: str) -> str:
    """The sentence for an address that no page can fetch; "" for one to try."""
    kind = scheme(address)
    if kind in FETCHED:
        return ""
    if kind == "file" or len(kind) == 1:  # the letter of a drive
        return phrase(
            "A page may not read a file of this computer by its address, {address}: "
            "drop the file on the page, or pick it.", address=told(address),
        )  # fmt: skip
    return phrase(
        "No file can be fetched from {address}: give an address that begins with https:, "
        "or drop the file on the page.", address=told(address),
    )  # fmt: skip


def unread(address: str) -> str:
    """The sentence for an address from which nothing came."""
    kind = scheme(address)
    if kind == "data":
        return phrase(
            "The address {address} holds no file that can be read; it may be cut off.",
            address=told(address),
        )  # fmt: skip
    if kind == "blob":
        return phrase(
            "Nothing is at {address} any more: such an address is known only to the page that "
            "made it. Hand over the file itself.", address=told(address),
        )  # fmt: skip
    return phrase(
        "Nothing could be read from {address}: there is no such server, "
        "or it does not let other pages read its files (CORS).", address=told(address),
    )  # fmt: skip
