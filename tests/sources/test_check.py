"""``registry check``: the policy's commands are run, as real processes, and what they find is filed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from gitregistry.operations.running import Bounds, run_command
from gitregistry.records.digests import digest_of
from tests.docs.blocks import ROOT
from tests.robustness import processes
from tests.sources.conftest import EVIDENCE, MEASURED, Checked
from tests.support.registry import Registry

MARK = "import pathlib; pathlib.Path('ran').touch()\n"


def test_what_a_command_says_is_filed_and_signed(checked: Checked) -> None:
    output = '{"measurements": [{"name": "auc", "value": 0.8730, "slice": "all"}, {"name": "n", "value": 3}]}'
    checked.script(f"import sys\nprint('looking', file=sys.stderr)\nprint('{output}')\n")
    done = checked.check(EVIDENCE)
    evidence = checked.evidence()
    assert evidence.result == "passed"
    assert [(item.name, str(item.value), item.slice) for item in evidence.measurements] == [
        ("auc", "0.8730", "all"),
        ("n", "3", None),
    ]
    run = evidence.run
    assert run is not None
    assert run.command == (sys.executable, "check.py")
    assert (run.exit_code, run.policy.version) == (0, 2)
    assert run.policy.digest == checked.registry.digest("registry/policy.yaml")
    assert run.output_digest == digest_of(f"{output}\n".encode())
    assert run.log_digest == digest_of(b"looking\n")
    assert 0 < run.duration_seconds < 60
    assert evidence.observed is not None
    assert evidence.observed.start <= evidence.observed.end
    assert "looking" in done.err
    checked.registry.passes()


def test_a_command_is_told_what_to_check_and_nothing_that_signs(
    checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere")
    monkeypatch.setenv("REGISTRY_ENVIRONMENT", "somewhere else")
    checked.script("import os, json; open('told', 'w').write(json.dumps(dict(os.environ)))")
    checked.check(EVIDENCE)
    told = json.loads((checked.scripts / "told").read_text("utf-8"))
    release = checked.registry.json("show", "churn:v1")
    assert (told["REGISTRY_MODEL"], told["REGISTRY_VERSION"]) == ("churn", "v1")
    assert told["REGISTRY_RELEASE_DIGEST"] == release["release_digest"]
    assert told["REGISTRY_ARTIFACT_URI"] == release["manifest"]["artifact_uri"]
    assert told["REGISTRY_ARTIFACT_DIGEST"] == release["manifest"]["artifact_digest"]
    assert not {"REGISTRY_KEY", "SSH_AUTH_SOCK", "REGISTRY_ENVIRONMENT"} & set(told)


def test_numbers_by_name_meet_a_bound(checked: Checked) -> None:
    checked.script("print('{\"latency_p95_ms\": 43}')", MEASURED)
    checked.registry.to_staging("v1")
    checked.check(MEASURED, "--environment", "staging")
    evidence = checked.evidence(MEASURED)
    assert (evidence.result, evidence.environment) == ("passed", "staging")
    for check in ("staging_smoke_test_passed", "feature_parity_verified"):
        checked.registry.attest("v1", check)
    checked.registry.promote("v1", "canary")


@pytest.mark.parametrize(
    ("script", "result", "note"),
    [
        ("", "passed", None),
        ("print('  ')", "passed", None),
        ("print('{\"result\": \"failed\"}')", "failed", None),
        ("print('{\"result\": \"skipped\"}')", "skipped", None),
        ("raise SystemExit(3)", "failed", "it ended with exit code 3"),
        ("print('{\"result\": \"passed\"}'); raise SystemExit(1)", "failed", "it ended with exit code 1"),
        ("print('{\"result\": \"error\"}'); raise SystemExit(1)", "error", "it ended with exit code 1"),
        ("print('all good')", "error", "its output cannot be read: standard output:1: is not JSON"),
        ("print('all bad'); raise SystemExit(1)", "error", "its output cannot be read"),
        ("print('[1]')", "error", "expected a map, found a list"),
        ("print('{\"auc\": NaN}')", "error", "holds NaN, which is no number"),
        ("print('{\"auc\": 1e400}')", "passed", None),
        ("print('{\"auc\": 1e99999}')", "error", "auc: expected a finite decimal number"),
        ("print('{\"auc\": ' + '9' * 5000 + '}')", "error", "auc: expected a finite decimal number"),
        ("print('{\"auc\": 1, \"auc\": 2}')", "error", "the key 'auc' is given twice"),
        ("print('{\"auc\": \"0.9\"}')", "error", "expected a finite decimal number, found the quoted text"),
        ("print('{\"result\": \"passed\", \"measurement\": []}')", "error", "unknown field; did you mean"),
        ("print('{\"measurements\": [{\"name\": \"a\", \"value\": 1}, {\"name\": \"a\", \"value\": 2}]}')",
         "error", "gives 'a' twice"),
        ("print('[' * 100000)", "error", "nested deeper"),
        ("import os; os.kill(os.getpid(), 9)", "error", "it was killed by signal 9"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "error", "is not UTF-8"),
        ("print('{\"a\\\\u001b[31m\": 1}')", None, "holds U+001B"),
    ],
)  # fmt: skip
def test_how_a_command_ends(checked: Checked, script: str, result: str | None, note: str | None) -> None:
    checked.script(script)
    if result is None:
        assert (note or "") in checked.refuses(EVIDENCE, expect=2).err
        return
    checked.check(EVIDENCE, expect=0 if result == "passed" else 1)
    evidence = checked.evidence()
    assert evidence.result == result
    assert (evidence.note is None) if note is None else note in (evidence.note or "")


@pytest.mark.parametrize("output", ["", '{"latency": 43}', '{"result": "passed"}'])
def test_no_data_never_passes(checked: Checked, output: str) -> None:
    checked.script(f"print('{output}')", MEASURED)
    checked.check(MEASURED, expect=1)
    evidence = checked.evidence(MEASURED)
    assert (evidence.result, evidence.note) == ("error", "no data: it did not print latency_p95_ms")


def test_a_check_that_takes_too_long_is_ended_with_all_it_started(checked: Checked) -> None:
    checked.script(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('child', 'w').write(str(child.pid))\ntime.sleep(600)\n",
        timeout="1s",
    )
    checked.check(EVIDENCE, expect=1)
    evidence = checked.evidence()
    assert (evidence.result, evidence.note) == ("error", "it took longer than 1 s")
    assert evidence.run is not None
    assert evidence.run.exit_code is None
    assert is_gone(int((checked.scripts / "child").read_text("utf-8")))


def test_what_a_check_leaves_behind_is_ended_and_not_waited_for(checked: Checked) -> None:
    checked.script(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open('child', 'w').write(str(child.pid))\nprint('{\"auc\": 1}')\n",
    )
    began = time.monotonic()
    checked.check(EVIDENCE)
    assert time.monotonic() - began < 30
    assert is_gone(int((checked.scripts / "child").read_text("utf-8")))
    assert len(checked.evidence().measurements) == 1


def test_a_check_that_closes_its_streams_is_still_waited_for_and_ended(checked: Checked) -> None:
    checked.script("import os, time; os.close(1); os.close(2); time.sleep(0.3); os._exit(4)", timeout="20s")
    checked.check(EVIDENCE, expect=1)
    run = checked.evidence().run
    assert run is not None
    assert run.exit_code == 4
    assert run.duration_seconds > Decimal("0.3")


def test_a_command_may_be_run_beside_the_main_thread(tmp_path: Path) -> None:
    logged: list[bytes] = []
    with ThreadPoolExecutor() as threads:
        command = [sys.executable, "-c", "import sys; print(1); print(2, file=sys.stderr)"]
        ran = threads.submit(run_command, command, tmp_path, dict(os.environ), Bounds(60), logged.append)
    finished = ran.result()
    assert (finished.exit_code, finished.output, b"".join(logged)) == (0, b"1\n", b"2\n")


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_check_that_never_stops_printing_is_ended_in_bounded_memory(checked: Checked, stream: str) -> None:
    checked.script(f"import sys\nwhile True: sys.{stream}.write('1234567\\n' * 8192)\n")
    done = checked.check(EVIDENCE, expect=1)
    evidence = checked.evidence()
    assert evidence.result == "error"
    assert "it wrote more than" in (evidence.note or "")
    assert len(done.err) < 3 << 20


def test_escapes_in_a_log_reach_no_terminal(checked: Checked) -> None:
    checked.script("import sys; sys.stderr.buffer.write(b'\\x1b[31mred\\xff\\x9b\\r\\n\\x07')")
    done = checked.check(EVIDENCE)
    assert "\\u001b[31mred\\xff" in done.err
    assert not set("\x1b\x9b\r\x07") & set(done.err)


def test_shell_words_are_passed_as_they_stand(checked: Checked) -> None:
    words = ["$(touch ran)", "; touch ran", "*", "`id`", "a b", "| tee ran", "--", "$HOME"]
    (checked.scripts / "say.py").write_text(
        "import sys, json; open('told', 'w').write(json.dumps(sys.argv[1:]))", "utf-8"
    )
    checked.policy(EVIDENCE, sys.executable, "say.py", *words)
    checked.check(EVIDENCE)
    assert json.loads((checked.scripts / "told").read_text("utf-8")) == words
    assert not checked.ran


def test_all_required_checks_with_a_command_are_made_in_one_commit(checked: Checked) -> None:
    checked.require_nothing_built_in()
    (checked.scripts / "good.py").write_text("print('{\"latency_p95_ms\": 1}')", "utf-8")
    (checked.scripts / "bad.py").write_text("raise SystemExit(1)", "utf-8")
    checked.policy(MEASURED, sys.executable, "good.py")
    checked.policy(EVIDENCE, sys.executable, "bad.py")
    before = checked.registry.head
    document = json.loads(checked.check("--json", expect=1).out)
    assert [(item["check"], item["result"], item["exit_code"]) for item in document["checks"]] == [
        (EVIDENCE, "failed", 1),
        (MEASURED, "passed", 0),
    ]
    assert checked.registry.git("rev-list", "--count", f"{before}..HEAD") == "1"
    subject = checked.registry.git("log", "-1", "--format=%s")
    assert subject == "Attest 2 checks (1 failed, 1 passed) for churn:v1"
    checked.registry.passes()


def test_with_an_environment_those_are_made_that_are_measured_there(checked: Checked) -> None:
    canary = "canary_error_rate_under_1_percent"
    checked.require_nothing_built_in()
    (checked.scripts / "rate.py").write_text("print('{\"error_rate\": 0}')", "utf-8")
    for check in (MEASURED, canary):
        checked.policy(check, sys.executable, "rate.py")
    document = json.loads(checked.check("--environment", "canary", "--json").out)
    assert [item["check"] for item in document["checks"]] == [canary]
    assert checked.evidence(canary).environment == "canary"
    refused = checked.refuses(canary, "--environment", "staging", expect=2)
    assert "is measured in canary, not in staging" in refused.err


def test_the_keys_that_are_printed_are_those_on_the_page(checked: Checked) -> None:
    checked.script("")
    document = json.loads(checked.check(EVIDENCE, "--json").out)
    page = (ROOT / "docs/evidence.md").read_text("utf-8")
    said = page.partition("With `--json` it prints")[2].partition("Interrupted")[0]
    keys = [*document, *document["checks"][0]]
    assert re.findall("`([a-z_]+)`", said) == keys


def test_a_later_check_replaces_the_earlier(checked: Checked) -> None:
    checked.script("import os; raise SystemExit(os.path.exists('bad'))")
    (checked.scripts / "bad").touch()
    checked.check(EVIDENCE, expect=1)
    (checked.scripts / "bad").unlink()
    checked.check(EVIDENCE)
    filed = checked.registry.json("show", "churn:v1")["evidence"]
    assert [(item["result"], item["superseded"]) for item in filed] == [("failed", True), ("passed", False)]


def test_what_lies_out_of_its_bounds_is_filed_and_ends_with_1(checked: Checked) -> None:
    checked.script("print('{\"latency_p95_ms\": 61}')", MEASURED)
    done = checked.check(MEASURED, "--json", expect=1)
    (document,) = json.loads(done.out)["checks"]
    assert (document["result"], document["exit_code"]) == ("passed", 0)
    assert "latency_p95_ms = 61" in document["unmet"]
    assert "at most 60 ms" in document["unmet"]


def test_a_progress_bar_is_shown_line_by_line(checked: Checked) -> None:
    checked.script("import sys; sys.stderr.write('\\r10%\\t|\\r20%'); sys.stderr.flush()")
    assert "\n10%    |\n20%\n" in checked.check(EVIDENCE).err


def test_a_check_without_a_command_says_what_to_do(checked: Checked) -> None:
    result = checked.refuses(MEASURED, expect=3)
    assert f"the policy names no command for {MEASURED}" in result.err
    assert f"registry attest churn:v1 {MEASURED} --passed --metric latency_p95_ms=VALUE" in result.err
    checked.require_nothing_built_in()
    assert "requires no check that has a command or is built in" in checked.refuses(expect=3).err
    assert "knows no check 'nonsense'" in checked.refuses("nonsense", expect=3).err
    assert "is an approval" in checked.refuses("manual_approval_from_model_owner", expect=2).err


def test_the_refusal_of_a_promotion_names_the_check_to_run(checked: Checked) -> None:
    checked.script("")
    unmet = checked.registry.refuses("promote", "churn:v1", "--to", "staging", "--json").json["requirements"]
    hints = {item["name"]: item["hint"] for item in unmet}
    assert hints[EVIDENCE] == f"registry check churn:v1 {EVIDENCE}"


def test_nothing_is_run_for_a_signer_who_may_not_attest(checked: Checked) -> None:
    checked.script(MARK)
    place = ("--directory", str(checked.scripts))
    result = checked.registry.refuses("check", "churn:v1", EVIDENCE, *place, key="bob")
    assert "does not hold the role attester" in result.err
    assert not checked.ran


@pytest.mark.parametrize(
    ("command", "words"),
    [("no-such-program-here", "there is no program no-such-program-here"), ("./check.txt", "no program")],
)
def test_a_program_that_is_not_there_is_no_evidence(checked: Checked, command: str, words: str) -> None:
    (checked.scripts / "check.txt").touch()
    checked.script(MARK, MEASURED)
    checked.policy(EVIDENCE, command)
    result = checked.refuses(MEASURED, EVIDENCE, expect=2)
    assert words in result.err
    assert not checked.ran, "what is missing is known before anything is run"


def test_a_folder_that_is_not_there(checked: Checked) -> None:
    place = ("--directory", str(checked.scripts / "no"))
    result = checked.registry.refuses("check", "churn:v1", EVIDENCE, *place, key="ci", expect=2)
    assert "there is no such folder" in result.err


def test_a_policy_that_changed_meanwhile_takes_no_evidence_of_the_old_one(
    checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = checked.registry
    text = registry.read("registry/policy.yaml").decode()
    assert "max: 60" in text
    checked.script(
        "import subprocess, sys, pathlib\n"
        f"path = pathlib.Path({str(registry.folder / 'registry/policy.yaml')!r})\n"
        "path.write_text(path.read_text().replace('max: 60', 'max: 50'))\n"
        f"subprocess.run([sys.executable, '-m', 'gitregistry', '-C', {str(registry.folder)!r}, 'sign',"
        f" 'registry/policy.yaml', '--key', {str(registry.keys['alice'])!r}], check=True)\n"
    )
    result = checked.check(EVIDENCE, expect=1)
    assert "policy 3 came into force while the checks of policy 2 ran" in result.err
    assert not registry.find("registry/models/churn/releases/v1/evidence/*")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_check_leaves_no_evidence_and_no_child(checked: Checked, number: int) -> None:
    checked.script("import os, time; open('child', 'w').write(str(os.getpid())); time.sleep(600)")
    before = checked.registry.state()
    process = processes.start(
        checked.registry, "check", "churn:v1", EVIDENCE, "--directory", str(checked.scripts), key="ci"
    )
    child = waited(checked.scripts / "child")
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"interrupted: the command was ended, and nothing is recorded" in err
    assert is_gone(child)
    assert checked.registry.state() == before


def test_checks_are_pushed(checked: Checked, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    checked.script("")
    checked.registry.git("clone", "--quiet", "--bare", str(checked.registry.folder), str(bare))
    clone = processes.clone(checked.registry, bare, tmp_path / "clone")
    theirs = Checked(clone, checked.scripts)
    theirs.check(EVIDENCE, "--push")
    tip = subprocess.run(
        ["git", "-C", str(bare), "rev-parse", "main"], capture_output=True, check=True, text=True
    )
    assert tip.stdout.strip() == clone.head


def waited(path: Path) -> int:
    """The process id that a script wrote down, once it did."""
    for _ in range(600):
        if path.exists() and path.read_text("utf-8"):
            return int(path.read_text("utf-8"))
        time.sleep(0.05)
    raise AssertionError("the check never began")


def is_gone(process: int) -> bool:
    """Whether a process has ended, soon."""
    for _ in range(200):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        if Path(f"/proc/{process}/stat").exists() and ") Z " in Path(f"/proc/{process}/stat").read_text(
            "utf-8"
        ):
            return True
        time.sleep(0.05)
    return False


def test_the_words_of_a_policy_name_the_command(checked: Checked) -> None:
    checked.policy(EVIDENCE, "python", "evaluate.py", "a b", timeout="90s")
    document = checked.registry.json("policy", "explain", "staging")
    (words,) = [item["meets"] for item in document["requirements"] if item["name"] == EVIDENCE]
    assert words.endswith("made by running python evaluate.py 'a b', for at most 90 s")


def test_registries_can_be_told_apart_by_nothing_but_the_pin(registered: Registry, tmp_path: Path) -> None:
    checked = Checked(registered, tmp_path)
    checked.script(MARK)
    result = checked.refuses(EVIDENCE, expect=5)
    assert "no pin is known here" in result.err
    assert "REGISTRY_PIN" in result.err
    assert not checked.ran
