"""A State as the part of a link behind #, and back.

    #1.eNqrVkrOz0vLTC…      version, a dot, then the State as JSON, deflated, in URL-safe Base64

A newer version of this program reads what an older one wrote; what it does not know it leaves out.
"""

from __future__ import annotations

import base64
import json
import zlib

from tensorama.app.state import State, from_json, to_json
from tensorama.errors import LinkError
from tensorama.phrases import phrase

VERSION = 1
_LONGEST = 1 << 20  # bytes of unpacked JSON; a link is short
_DEEPEST = 8  # lists in lists


def to_link(state: State) -> str:
    """The part of a link that shows this State again, without the #."""
    text = json.dumps(to_json(state), separators=(",", ":"), ensure_ascii=False)
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(text.encode()) + packer.flush()
    return f"{VERSION}.{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


def from_link(link: str) -> State:
    """The State of a link, with or without what stands before the #.

    Raises LinkError for what is cut off, damaged, or of a newer version.
    """
    written = link.rpartition("#")[2]
    version, dot, packed = written.partition(".")
    if not dot or not version.isascii() or not version.isdigit() or len(version) > 4:
        raise LinkError(
            phrase("This link does not say what to show; open the page and copy a new one.")
        )
    if int(version) > VERSION:
        raise LinkError(
            phrase("This link was made by a newer Tensorama; load the page anew to open it.")
        )
    try:
        data = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        text = unpacker.decompress(data, _LONGEST)
        if not unpacker.eof or unpacker.unconsumed_tail:
            raise ValueError("cut off")
        return from_json(json.loads(_shallow(text)))
    except (ValueError, zlib.error) as error:
        raise LinkError(phrase("This link is damaged or cut off; copy it again, whole.")) from error


def _shallow(text: bytes) -> bytes:
    """The text, unless lists lie so deep in lists that reading them would end Python."""
    depth = deepest = 0
    for letter in text:
        depth += (letter in b"[{") - (letter in b"]}")
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise ValueError("too deep")
    return text
