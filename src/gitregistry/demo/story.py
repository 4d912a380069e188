"""The story: three releases of one model, from their training to a rollback.

Each function is a chapter. A chapter reads what its own earlier commands measured, so the steps must be
carried out as they come.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gitregistry.demo.measured import MODEL, attestations, read_report, require_as_told
from gitregistry.demo.steps import Heading, Remark, Step, git, python, registry

REFUSED = 1
ALICE = "alice"
_PEOPLE = ("alice", "bob", "carol", "ci")


def story(folder: Path) -> Iterator[Step]:
    """All steps. ``folder`` is the registry's, and the current one for every command."""
    yield from _training_code()
    yield from _people()
    yield from _first_release(folder)
    yield from _second_release(folder)
    yield from _third_release(folder)
    yield from _rollback(folder)
    yield from _questions()


def _training_code() -> Iterator[Step]:
    yield Heading("The data, and the code that trains")
    yield Remark(
        "Biopsy measurements from the data sets inside scikit-learn. Everything under work/ stays out of\n"
        "the registry's commits. The code is in a Git repository of its own, as training code is."
    )
    yield git("init", "--quiet", "work/code")
    yield git("-C", "work/code", "add", ".")
    identity = ("-c", "user.name=Alice", "-c", "user.email=alice@example.com", "-c", "commit.gpgsign=false")
    yield git("-C", "work/code", *identity, "commit", "--quiet", "-m", "Train and check the screening model")
    yield python("data.py")


def _people() -> Iterator[Step]:
    yield Heading("A registry, and who may do what in it")
    yield Remark("Alice is the engineer, Bob owns the model, Carol owns its risk, and CI measures.")
    for name in _PEOPLE:
        yield registry("keys", "generate", f"work/keys/{name}", "--comment", f"{name}@example.com")
    yield git("init", "--quiet", "--initial-branch=main", ".")
    yield Remark("(so that this registry's commits never ask for a signing key of yours)")
    yield git("config", "commit.gpgsign", "false")
    yield registry("init", ".", "--name", "demo", "--id", "alice@example.com", key=ALICE)
    for identity, words in {
        "bob@example.com": ("--key", "work/keys/bob.pub", "--role", "model-owner"),
        "carol@example.com": ("--key", "work/keys/carol.pub", "--role", "risk-owner"),
        "ci": ("--key", "work/keys/ci.pub", "--kind", "ci", "--role", "attester"),
    }.items():
        yield registry("trust", "add", identity, *words, "--sign-with", "work/keys/alice")
    yield registry("trust", "show")
    yield registry("policy", "explain", "production")


def _first_release(folder: Path) -> Iterator[Step]:
    yield Heading("v1: registered, measured, approved, live")
    yield from _register("v1")
    yield Remark("Nothing is known of it yet, so it goes nowhere:")
    yield registry("promote", f"{MODEL}:v1", "--to", "staging", key=ALICE, ends=REFUSED)
    yield from _to_canary(folder, "v1", None)
    yield from _measure_canary(folder, "v1", None)
    yield from _to_production("v1")
    yield from _deploy("production", "v1", 100)
    yield registry("resolve", f"{MODEL}@production")


def _second_release(folder: Path) -> Iterator[Step]:
    yield Heading("v2: a better model, at 10 % and then at 100 %")
    yield from _register("v2")
    yield from _to_canary(folder, "v2", "v1")
    yield from _measure_canary(folder, "v2", "v1")
    yield from _to_production("v2")
    yield from _deploy("production", "v2", 10)
    yield registry("status")
    yield from _deploy("production", "v2", 100)
    yield registry("why", f"{MODEL}@production")


def _third_release(folder: Path) -> Iterator[Step]:
    yield Heading("v3: good on paper, refused by what its canary measured")
    yield from _register("v3")
    yield from _to_canary(folder, "v3", "v2")
    yield Remark(
        "The canary's traffic holds requests that lack two measurements. v3 was trained on complete rows\n"
        "and evaluated on complete rows; it cannot answer these."
    )
    yield from _measure_canary(folder, "v3", "v2")
    error_rate = read_report(folder, "v3", "canary")[0].metrics["error_rate"]
    require_as_told(error_rate > 0.01, f"v3 answered all but {error_rate:.2%} of the canary's requests")
    note = f"{error_rate:.1%} of the canary's requests got no answer"
    yield registry(
        "approve", f"{MODEL}:v3", "--to", "production", "--role", "model-owner",
        "--reject", "--note", note, key="bob",
    )  # fmt: skip
    yield Remark("Every requirement is listed, and for each unmet one the command that would meet it:")
    yield registry("promote", f"{MODEL}:v3", "--to", "production", key=ALICE, ends=REFUSED)


def _rollback(folder: Path) -> Iterator[Step]:
    yield Heading("v2 turns out bad in production, and v1 is back in one commit")
    yield Remark("The scanners' software was updated: the worst_* measurements are no longer sent.")
    yield python("check.py", "production", "v2")
    yield python("check.py", "production", "v1")
    now, before = (read_report(folder, version, "production")[0] for version in ("v2", "v1"))
    found, found_before = now.metrics["malignant_found"], before.metrics["malignant_found"]
    require_as_told(
        before.passed and not now.passed, f"v2 finds {found:.0%} of malignant tumours, v1 {found_before:.0%}"
    )
    reason = f"since the scanner update v2 finds {found:.0%} of malignant tumours, v1 {found_before:.0%}"
    yield registry("rollback", MODEL, "--in", "production", "--reason", reason, key=ALICE)
    yield Remark("What should be live has changed; what is live has not, yet. That is named as drift:")
    yield registry("status")
    yield from _deploy("production", "v1", 100)
    yield registry("status")


def _questions() -> Iterator[Step]:
    yield Heading("The questions people ask, and whether the whole history was lawful")
    yield registry("list")
    yield registry("log", f"{MODEL}@production")
    yield registry("why", f"{MODEL}@production")
    yield registry("show", f"{MODEL}@production")
    yield registry("verify")


def _register(version: str) -> Iterator[Step]:
    yield python("train.py", version)
    yield registry(
        "register", f"work/{version}/manifest.yaml", "--artifact", f"work/{version}/model.pkl",
        "--card", f"work/{version}/card.md", "--git", "work/code", key=ALICE,
    )  # fmt: skip


def _to_canary(folder: Path, version: str, serving: str | None) -> Iterator[Step]:
    against = () if serving is None else (serving,)
    yield python("check.py", "offline", version, *against)
    yield from attestations(folder, version, "offline")
    yield registry("promote", f"{MODEL}:{version}", "--to", "staging", key=ALICE)
    yield from _deploy("staging", version, 100)
    yield python("check.py", "staging", version, *against)
    yield from attestations(folder, version, "staging")
    yield registry("promote", f"{MODEL}:{version}", "--to", "canary", key=ALICE)
    yield from _deploy("canary", version, 100)


def _measure_canary(folder: Path, version: str, serving: str | None) -> Iterator[Step]:
    yield python("check.py", "canary", version, *(() if serving is None else (serving,)))
    yield from attestations(folder, version, "canary")


def _to_production(version: str) -> Iterator[Step]:
    release = f"{MODEL}:{version}"
    for person, role in (("bob", "model-owner"), ("carol", "risk-owner")):
        yield registry("approve", release, "--to", "production", "--role", role, key=person)
    yield registry("promote", release, "--to", "production", "--dry-run", key=ALICE)
    yield registry("promote", release, "--to", "production", key=ALICE)


def _deploy(environment: str, version: str, traffic: int) -> Iterator[Step]:
    yield registry(
        "deploy", MODEL, "--in", environment, "--revision", f"screening-{version}",
        "--release", version, "--traffic", str(traffic), key=ALICE,
    )  # fmt: skip
