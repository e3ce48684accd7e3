"""The site in one file: its page with everything in it, and the archive that fills its gap."""

import base64
import gzip
import json
import re
from pathlib import Path

import pytest

from tensorama_build.errors import BuildError
from tensorama_build.onefile import LIST, PAGE, add_one_file, in_one, pack
from tensorama_build.output import Output

SITE = Path(__file__).resolve().parents[2] / "site"
SCRIPTS = ("index.html", "embed.js", "early.js", "onefile/unpack.js")


@pytest.fixture
def output(tmp_path: Path) -> Output:
    """The site's own page and scripts, and some other files."""
    others = ("pyscript/core.css", "pyscript/core.js", "wheels/onnx-1.whl", "models/a/a.onnx")
    made = Output(tmp_path, [*SCRIPTS, *others])
    for name in SCRIPTS:
        made.write(name, (SITE / name).read_bytes())
    for name in others:
        made.write(name, f"of {name}".encode())
    return made


def test_the_page_asks_for_no_other_file(output: Output) -> None:
    text = in_one(output)
    assert not re.findall(r"<(?:script|link|img)[^>]* (?:src|href)=\"\\./(?!main\\.py)", text)
    assert "'self'" not in re.findall(r'Content-Security-Policy" content="([^"]*)', text)[0]
    order = [text.index(of) for of in ("tensoramaUnpack =", "tensoramaSpeech =", "<!--archive-->")]
    assert order == sorted(order), "what stands in for the network comes before who uses it"


def test_a_page_that_is_not_the_sites_is_refused(output: Output) -> None:
    output.write("index.html", b"<p>hello</p>")
    with pytest.raises(BuildError, match="has 0 of"):
        in_one(output)


def test_what_is_packed_comes_out_again(output: Output) -> None:
    add_one_file(output)
    listed = json.loads(output.read(LIST))
    assert [name for name, *_ in listed] == ["pyscript/core.js", PAGE]
    page = pack(
        output.folder, {"models/a/a.onnx": b"</script>"}, "./models/a/a.onnx", "1.<"
    ).decode()
    about = json.loads(re.findall(r'id="tensorama-packed">(.*?)</script>', page)[0])
    assert (about["model"], about["link"]) == ("./models/a/a.onnx", "1.<")
    archive = re.findall(r'id="tensorama-archive">([^<]*)<', page)[0]
    whole = gzip.decompress(base64.b64decode(archive))
    files = {}
    for name, size in about["list"]:
        files[name], whole = whole[:size], whole[size:]
    assert not whole
    assert files["models/a/a.onnx"] == b"</script>"
    assert files["pyscript/core.js"] == b"of pyscript/core.js"
    assert files[PAGE] == output.read(PAGE), "from a page in one file another one can be made"
