"""Addresses as people write them, and what is said of those that lead nowhere."""

from __future__ import annotations

import pytest

from tensorama.app.written import leads_nowhere, name_of, scheme, told, unread

ON_DISK = (
    "A page may not read a file of this computer by its address, {}: "
    "drop the file on the page, or pick it."
)
NO_FILE = (
    "No file can be fetched from {}: give an address that begins with https:, "
    "or drop the file on the page."
)


@pytest.mark.parametrize(
    ("address", "kind", "name"),
    [
        ("models/lenet.onnx", "", "lenet.onnx"),
        ("/evil.onnx?v=a/b", "", "evil.onnx"),
        ("//evil.example/x.onnx#y/z", "", "x.onnx"),
        ("HTTPS://evil.example/x.onnx", "https", "x.onnx"),
        (" \x01java\nscript:alert(1)/x.onnx", "javascript", "x.onnx"),  # as a browser reads it
        ("./a:b.onnx", "", "a:b.onnx"),
        ("data:;base64,AA/BB.onnx", "data", ""),
        ("blob:http://here/0123", "blob", ""),
    ],
)
def test_an_address_has_a_scheme_and_its_file_a_name(address: str, kind: str, name: str) -> None:
    assert (scheme(address), name_of(address)) == (kind, name)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("file:///home/ada/x.onnx", ON_DISK),
        ("C:\\nets\\x.onnx", ON_DISK),
        ("javascript:alert(1)", NO_FILE),
        ("ftp://evil.example/x.onnx", NO_FILE),
        ("about:blank", NO_FILE),
    ],
)
def test_what_no_page_can_fetch_is_said_before_it_tries(address: str, sentence: str) -> None:
    assert leads_nowhere(address) == sentence.format(address)


@pytest.mark.parametrize(
    "address", ["x.onnx", "/x.onnx", "//a/x.onnx", "http://a", "data:,", "blob:x"]
)
def test_all_else_is_tried(address: str) -> None:
    assert not leads_nowhere(address)


def test_a_long_address_is_told_by_its_beginning_and_its_end() -> None:
    address = "https://a.example/" + "x" * 100_000 + "/net.onnx"
    assert told(address).startswith("https://a.example/xx")
    assert told(address).endswith("xx/net.onnx")
    assert "…" in told(address)
    for sentence in (unread(address), unread(f"data:,{address}"), leads_nowhere(f"ftp:{address}")):
        assert len(sentence) < 300
    assert len(name_of("https://a/" + "x" * 500 + ".onnx")) == 120


def test_what_gave_nothing_is_said_by_its_kind() -> None:
    assert unread("data:;base64,AA").endswith("holds no file that can be read; it may be cut off.")
    assert unread("blob:http://here/0").startswith("Nothing is at blob:http://here/0 any more")
    assert "(CORS)" in unread("https://a.example/x.onnx")
