"""What a guard says: one view for each round, and how it ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gitregistry.operations.guard import Round, new_alias
from gitregistry.records.digests import digest_of
from gitregistry.records.evidence import Evidence
from gitregistry.records.policy import AbortCondition
from gitregistry.records.shapes import plain
from gitregistry.rules.guard import Seen, Streak
from gitregistry.views.blocks import Block, Facts, Text, Tone, View

_TONES: dict[str, Tone] = {"ok": "good", "breach": "bad", "no data": "warn"}


def round_view(done: Round) -> View:
    """One round: each condition with what was seen of it, and what came of it."""
    blocks: list[Block] = [Text(f"note: the server says: {remark}", "warn") for remark in done.remarks]
    blocks += [Text(_line(done, seen), _TONES[seen.sight]) for seen in done.seen]
    if done.problem is not None:
        blocks.append(Text(f"note: {done.problem}", "warn"))
    blocks += _ending(done)
    return View(_document(done), tuple(blocks))


def standing_words(done: Round) -> str:
    """Where a guard stands when it is interrupted."""
    if done.watch.breach:
        return f"BREACHED: {_breached(done)} Started again, it goes back."
    so_far = f"{_watched(done)} in {_rounds(done)}, no breach so far"
    return f"{_place(done)}: {so_far}; started again, it goes on from here"


def _place(done: Round) -> str:
    guarded = done.guarded
    return f"{guarded.model}:{guarded.version} in {guarded.environment}"


def _rounds(done: Round) -> str:
    return f"{done.watch.rounds} round{'' if done.watch.rounds == 1 else 's'}"


def _watched(done: Round) -> str:
    """``watched 0:12:00 of 2:00:00``."""
    so_far = f"watched {timedelta(seconds=done.watch.watched)}"
    return so_far if done.seconds is None else f"{so_far} of {timedelta(seconds=done.seconds)}"


def _line(done: Round, seen: Seen) -> str:
    """One condition in one round on one line: a guard's words end up in logs."""
    return f"{done.time}  {_place(done)}  {_sight(done, seen)}  {seen.check}: {seen.words} ({_watched(done)})"


def _sight(done: Round, seen: Seen) -> str:
    """``ok``, ``breach 1 of 2``, ``no data 2 of 3``."""
    condition, streak = _condition(done, seen), done.watch.streaks.get(seen.check, Streak())
    if seen.sight == "ok" or condition is None:
        return seen.sight
    if seen.sight == "breach":
        return f"breach {streak.breached} of {condition.breached_rounds}"
    return f"no data {streak.no_data} of {condition.no_data_rounds}"


def _condition(done: Round, seen: Seen) -> AbortCondition | None:
    conditions = done.transition.abort_when if done.transition is not None else ()
    return next((condition for condition in conditions if condition.fails == seen.check), None)


def _ending(done: Round) -> list[Block]:
    """What came of it, once it is over or cannot go on."""
    if done.watch.breach and done.outcome != "moved on":
        return [Text(f"BREACHED: {_breached(done)}", "bad"), *_filed(done)]
    words, tone = _over(done)
    return [Text(words, tone), *_filed(done)] if words else []


def _breached(done: Round) -> str:
    alias = new_alias(done)
    if alias is not None:
        where = f"{alias.model_name}@{alias.environment}"
        return (
            f"{_place(done)}. It went back to {alias.model_name}:{alias.version}. "
            f"Serving does not move by this: registry status shows what serves {where}."
        )
    if done.outcome == "trying again":
        return f"{_place(done)}. The step back could not be made yet; it has to be tried again."
    return f"{_place(done)}. THERE IS NO WAY BACK: {done.guarded.environment} still points at it."


def _over(done: Round) -> tuple[str, Tone]:
    place = _place(done)
    if done.outcome == "moved on":
        there = f"{done.there.version} ({done.there.action})" if done.there is not None else "nothing"
        return f"{place} is not guarded any more: {done.guarded.environment} points at {there} by now", "warn"
    if done.outcome == "undecided":
        return f"{place}: undecided; it takes more rounds to tell, and this is no pass", "warn"
    if done.outcome in ("ok", "passed"):
        return f"{place}: no breach, {_watched(done)} in {_rounds(done)}", "good"
    return "", "plain"


def _filed(done: Round) -> list[Block]:
    if done.submitted is None:
        return []
    pairs = [("commit", done.submitted.commit), ("by", done.submitted.principal)]
    pairs += [("evidence", path) for path in _evidence(done)]
    return [Facts(tuple(pairs))]


def _evidence(done: Round) -> dict[str, str]:
    """The evidence that was filed: path to digest."""
    if done.submitted is None:
        return {}
    return {
        path: digest_of(done.submitted.files[path])
        for path, record in done.submitted.proposal.records.items()
        if isinstance(record, Evidence)
    }


def _document(done: Round) -> dict[str, Any]:
    guarded, alias = done.guarded, new_alias(done) or done.there
    return {
        "outcome": done.outcome,
        "time": done.time,
        "model_name": guarded.model,
        "environment": guarded.environment,
        "version": guarded.version,
        "sequence": guarded.sequence,
        "round": done.watch.rounds,
        "begun": done.watch.begun,
        "watched_seconds": done.watch.watched,
        "of_seconds": done.seconds,
        "conditions": [_condition_document(done, seen) for seen in done.seen],
        "remarks": list(done.remarks),
        "problem": str(done.problem) if done.problem is not None else None,
        "commit": done.submitted.commit if done.submitted is not None else None,
        "evidence": _evidence(done),
        "points_at": alias.version if alias is not None else guarded.version,
    }


def _condition_document(done: Round, seen: Seen) -> dict[str, Any]:
    condition, streak = _condition(done, seen), done.watch.streaks.get(seen.check, Streak())
    return {
        "name": seen.check,
        "seen": seen.sight,
        "words": seen.words,
        "measurements": [plain(item) for item in seen.measurements],
        "query": plain(seen.asked) if seen.asked is not None else None,
        "breached_rounds": streak.breached,
        "of_breached_rounds": condition.breached_rounds if condition is not None else None,
        "no_data_rounds": streak.no_data,
        "of_no_data_rounds": condition.no_data_rounds if condition is not None else None,
    }
