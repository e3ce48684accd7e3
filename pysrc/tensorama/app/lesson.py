"""Saving what is seen as one HTML file, which a double click opens, without a network."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import PurePath
from typing import Any

from tensorama.app import address, later
from tensorama.app.desk import Desk
from tensorama.app.fetching import fetch_bytes
from tensorama.app.sources import beside, home
from tensorama.app.state import Origin
from tensorama.errors import FetchError, TensoramaError
from tensorama.phrases import phrase
from tensorama.view import ffi

_GIVEN = "inputs.npz"  # in the page, what a person gave; unpack.js says that it is there
_LIST = "onefile/files.json"  # of the files that go into it: name, bytes, bytes in an archive
_WRITTEN = 4 / 3  # bytes of Base64 for one of an archive
_TEXT = 150_000  # bytes of the page around it
Agrees = Callable[[str, str], Awaitable[bool]]


async def save(desk: Desk, agrees: Agrees) -> None:
    """Let a person save the open model, its input, and how it is seen, as one file.

    How large it will be is said before. Raises TensoramaError where a part of it cannot be had.
    """
    session = desk.session
    if session.source is None:
        raise TensoramaError(phrase("No model is open yet."))
    site = home()
    listed = json.loads(bytes(await fetch_bytes(f"{site}{_LIST}")))
    parts = {**await session.source.parts(), **await _photos(desk)}
    name = PurePath(session.source.name or "model.onnx").name
    title = name.removesuffix(".onnx")
    megabytes = f"{expected_size(listed, parts) / 1e6:.0f}"
    question = phrase(
        "One file with {model} and all that shows it: about {size} MB. "
        "A double click opens it, without a network.", model=name, size=megabytes,
    )  # fmt: skip
    if await agrees(question, phrase("Save it")):
        page = await session.in_turn(
            phrase("Saving {name}", name=name), _packed(desk, listed, parts)
        )
        ffi.save([page], f"{title}.html")


def expected_size(listed: list[tuple[str, int, int]], parts: Mapping[str, Any]) -> float:
    """About how many bytes the file will have: weights hardly become smaller."""
    packed = sum(size for _, _, size in listed) + sum(float(part.size) for part in parts.values())
    return packed * _WRITTEN + _TEXT


async def _photos(desk: Desk) -> dict[str, Any]:
    """The photos that lie beside the model's file for its inputs, by the names of their files."""
    where, model = desk.state.model.address, desk.session.model
    if not where or model is None or not later.is_here(later.WAYS):
        return {}
    from tensorama.inputs.ways import Picture, ways_of  # comes later than this

    found = {}
    samples = [way.samples for way in ways_of(model) if isinstance(way, Picture)]
    for file, _ in chain.from_iterable(samples):
        try:
            found[file] = ffi.blob(bytes(await fetch_bytes(beside(where, file))))
        except FetchError:
            continue  # the page goes without it as well
    return found


async def brought(data: bytes) -> dict[str, Any]:
    """What a person had given when they saved this page, by its names in the State."""
    await later.bring(later.WAYS)
    from tensorama.inputs.ways.kept import unpacked  # comes later than this

    return unpacked(data)


async def _packed(desk: Desk, listed: list[tuple[str, int, int]], parts: Mapping[str, Any]) -> Any:
    """The page as a Blob."""
    model, *_ = parts
    folder = f"models/{PurePath(model).stem}"
    given = {f"{folder}/{name}": part for name, part in parts.items()}
    given["models/index.json"] = json.dumps([PurePath(model).stem])
    where = f"./{folder}/{model}"
    link = address.to_link(replace(desk.state, model=Origin(where)))
    if desk.session.pictures:
        from tensorama.inputs.ways.kept import packed  # comes later than this

        inputs = packed(desk.state.given, desk.session.pictures)
        given |= {_GIVEN: ffi.blob(inputs)} if inputs else {}
    given["gallery.json"] = json.dumps(
        [{"name": PurePath(model).stem, "model": where, "title": {"en": desk.session.name}}]
    )
    control = ffi.js.AbortController.new()
    telling = ffi.Handlers()
    words = phrase("Packing the page")
    try:
        packing = await ffi.module(f"{home()}onefile/pack.js")
        return await packing.pack(
            home(),
            ffi.to_json([_LIST, *(name for name, _, _ in listed)]),
            ffi.options(**given),
            ffi.to_json({"model": where, "link": link}),
            telling.keep(lambda part: desk.session.progress.tell(words, part)),
            control.signal,
        )
    except ffi.JsException as error:
        raise FetchError(phrase(
            "A part of this page could not be packed ({error}). Is the network there?",
            error=str(error.message),
        )) from error  # fmt: skip
    finally:
        control.abort()
        telling.remove()
