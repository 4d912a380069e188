"""Many promotions in one step: judged together, made together, or none of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

from gitregistry.errors import NotFound
from gitregistry.operations.batch_file import Batch, Wish
from gitregistry.operations.checked_ahead import checked_ahead
from gitregistry.operations.present import Present
from gitregistry.operations.promote import alias_proposal, promoted_alias
from gitregistry.operations.proposal import Proposal, Proposer
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import Record
from gitregistry.storage.registry_tree import RegistryTree

# From so many promotions on, reading the past of all models at once takes less than asking for each alias.
_MANY = 8
_FAULTS_SHOWN = 20


def batch_promotion(batch: Batch, reason: str | None) -> Proposer:
    """Propose all promotions of a batch as one step.

    Args:
        reason: of those that give none of their own.
    """

    def propose(present: Present) -> Proposal:
        with _read_ahead(present, batch):
            aliases = _aliases(present, batch, reason)
        return batch_proposal(aliases)

    return propose


def batch_proposal(aliases: Sequence[Alias]) -> Proposal:
    """The step that puts these alias records in place; of none, a step that changes nothing."""
    if len(aliases) == 1:
        return alias_proposal(_words(aliases[0]), aliases[0])
    trailers = [("Registry-Action", "promote")]
    records: dict[str, Record] = {}
    for alias in aliases:
        trailers.append(("Registry-Release", f"{alias.model_name}:{alias.version}"))
        trailers.append(("Registry-Environment", alias.environment))
        trailers.append(("Registry-Sequence", str(alias.sequence)))
        records[paths.alias(alias.model_name, alias.environment)] = alias
    body = _table(aliases) if aliases else ""
    return Proposal(f"Promote {len(aliases)} releases", records, trailers=tuple(trailers), body=body)


def _read_ahead(present: Present, batch: Batch) -> AbstractContextManager[None]:
    """Read at once what the promotions will ask for one by one; inside, its signatures are being checked."""
    tree = present.snapshot.tree
    if len(batch.wishes) < _MANY or not isinstance(tree, RegistryTree):
        return nullcontext()
    tree.gather_versions(paths.MODELS, paths.LINE)
    folders = [paths.release_folder(wish.name.model, wish.name.version) for wish in batch.wishes]
    aliases = [paths.alias(wish.name.model, wish.environment) for wish in batch.wishes]
    tree.gather([*folders, *(path.rpartition("/")[0] for path in aliases)], aliases)
    return checked_ahead(present, [place for pair in zip(folders, aliases, strict=True) for place in pair])


def _aliases(present: Present, batch: Batch, reason: str | None) -> list[Alias]:
    aliases = []
    faults: list[tuple[Wish, NotFound]] = []
    for wish in batch.wishes:
        try:
            aliases.append(promoted_alias(present, wish.name, wish.environment, wish.reason or reason))
        except NotFound as fault:
            faults.append((wish, fault))
    if faults:
        raise _not_found(batch, faults)
    return aliases


def _not_found(batch: Batch, faults: list[tuple[Wish, NotFound]]) -> NotFound:
    """All that is not there in one error, each with its line."""
    first = faults[0][1]
    if len(faults) == 1:
        wish = faults[0][0]
        line, field = batch.line(wish), f"[{wish.item}]"
        return NotFound(first.message, path=batch.file, line=line, field=field, hint=first.hint)
    shown = [f"  line {batch.line(wish)}: {fault.message}" for wish, fault in faults[:_FAULTS_SHOWN]]
    if len(faults) > _FAULTS_SHOWN:
        shown.append(f"  and {len(faults) - _FAULTS_SHOWN} more")
    count = f"{len(faults)} of {len(batch.wishes)} promotions name what is not there"
    return NotFound("\n".join([count, *shown]), path=batch.file, hint="registry list")


def _words(alias: Alias) -> str:
    return f"Promote {alias.model_name}:{alias.version} to {alias.environment}"


def _table(aliases: Sequence[Alias]) -> str:
    """What moves where, one line each, in columns."""
    rows = [(f"{alias.model_name}:{alias.version}", alias.environment, alias.sequence) for alias in aliases]
    widest = max(len(release) for release, _, _ in rows), max(len(place) for _, place, _ in rows)
    return "\n".join(
        f"{release.ljust(widest[0])}  {place.ljust(widest[1])}  sequence {sequence}"
        for release, place, sequence in rows
    )
