"""The command line: what can be asked, and how a failure is told."""

import subprocess
import sys
from pathlib import Path

import pytest

from tensorama_build import checks, commands
from tensorama_build.bench.report import Measured, compare, table, write_json
from tensorama_build.checks import Check, Result
from tensorama_build.errors import BuildError
from tensorama_build.places import Places
from tensorama_build.venv import fingerprint, last_line, pins

ROOT = Path(__file__).resolve().parents[2]


def test_help_names_every_command_and_needs_nothing():
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "build.py"), "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    for name in ("build", "serve", "test", "bench"):
        assert f"\n    {name}" in done.stdout


def test_a_build_error_is_one_line_without_a_traceback(monkeypatch, capsys):
    def refuse(places, options):
        raise BuildError("three.js was refused.")

    monkeypatch.setattr(commands, "dispatch", refuse)
    monkeypatch.setattr(commands.venv, "is_inside", lambda places: True)
    assert commands.run(ROOT, ["build"]) == 1
    assert capsys.readouterr().err == "build.py: three.js was refused.\n"


def test_a_port_that_is_none_is_one_sentence(capsys):
    with pytest.raises(SystemExit):
        commands.parser().parse_args(["serve", "--port", "99999"])
    assert capsys.readouterr().err.splitlines()[-1] == (
        "build.py serve: error: argument --port: 99999 is not a port: give a number from 0 to 65535"
    )


def test_every_pin_is_exact_and_a_change_of_pins_renews_the_environment():
    wanted = pins(Places(ROOT))
    assert all("==" in pin for pin in wanted)
    assert fingerprint(wanted) == fingerprint(wanted[::-1])
    assert fingerprint(wanted) != fingerprint(wanted[1:])


def test_the_reason_of_a_tool_is_its_last_error_line():
    assert last_line("a\nERROR: no such package\n\n[notice] new pip\n") == "ERROR: no such package"
    assert last_line("") == "it gave no reason"


def run_with(monkeypatch, results, **options) -> int:
    monkeypatch.setattr(checks, "checks", lambda *_: iter(results))
    return checks.run_checks(Places(ROOT), **{"quick": False, "expression": None, **options})


def test_one_failed_check_fails_the_whole_and_is_named_in_the_summary(monkeypatch, capsys):
    results = [Result("lint", 1, "Found 1 error."), Result("unit tests", 0, "3 passed")]
    assert run_with(monkeypatch, results) == 1
    assert capsys.readouterr().out == (
        "\nSummary\nFAILED  lint             Found 1 error.\nok      unit tests       3 passed\n"
    )


def test_a_suite_without_tests_is_a_failure_unless_an_expression_chose_others(monkeypatch):
    empty, full = Result("browser tests", 5, "no tests"), Result("unit tests", 0, "1 passed")
    assert run_with(monkeypatch, [full, empty]) == 1
    assert run_with(monkeypatch, [full, empty], expression="conv") == 0
    assert run_with(monkeypatch, [empty], expression="nothing") == 1


def test_an_expression_that_matches_nothing_is_said_in_a_sentence(monkeypatch, capsys):
    empty = [Result("unit tests", 5, "9 deselected"), Result("browser tests", 5, "9 deselected")]
    assert run_with(monkeypatch, empty, expression="nothing") == 1
    assert capsys.readouterr().out == (
        "\nNo test matches -k 'nothing': take a part of a test's name or file.\n"
    )
    broken = [empty[0], Result("build", 1, "no space left")]
    assert run_with(monkeypatch, broken, expression="nothing") == 1
    assert "FAILED  build" in capsys.readouterr().out


def test_every_file_of_browser_tests_is_in_one_half():
    first, second = checks.halves(Places(ROOT))
    there = [f"tests/browser/{file.name}" for file in (ROOT / "tests/browser").glob("test_*.py")]
    assert first
    assert second
    assert first + second == sorted(there)


def test_what_a_lane_prints_waits_until_it_is_shown_and_a_failure_holds_no_other_up(capfdbinary):
    says = "print({!r}); raise SystemExit({})"
    lanes = [
        checks.Lane(
            Places(ROOT),
            [Check(word, [sys.executable, "-c", says.format(word, code)]) for word, code in row],
        )
        for row in ([("red", 1), ("green", 0)], [("blue", 0)])
    ]
    for lane in lanes:
        lane.start()
    results = [result for lane in lanes for result in lane.shown()]
    assert [(result.name, result.code, result.closing) for result in results] == [
        ("red", 1, "red"),
        ("green", 0, "green"),
        ("blue", 0, "blue"),
    ]
    said = capfdbinary.readouterr().out.splitlines()
    assert [line for line in said if line in (b"red", b"green", b"blue")] == [
        b"red",
        b"green",
        b"blue",
    ]


def test_a_measurement_is_a_table_and_a_file(tmp_path):
    measured = Measured([compare("lenet", 2.0, 4.0), compare("vgg19", 8.0, 4.0)])
    assert table(measured).splitlines() == [
        "network  ours_ms  theirs_ms  ratio",
        "lenet        2.0        4.0    0.5",
        "vgg19        8.0        4.0    2.0",
        "",
        "geometric mean of the ratios: 1.000",
    ]
    write_json(measured, tmp_path / "out" / "rows.json")
    assert '"geomean": 1.0' in (tmp_path / "out" / "rows.json").read_text()
