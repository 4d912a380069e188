"""Promotions of a whole fleet in one step: each stands for itself; those that may not move stay behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial

from gitregistry.errors import CannotTell, NotFound, Refused, RegistryError
from gitregistry.operations.batch import batch_proposal
from gitregistry.operations.checked_ahead import checked_ahead
from gitregistry.operations.considered import Considered
from gitregistry.operations.present import Present
from gitregistry.operations.promote import asked_promotion
from gitregistry.operations.proposal import Proposal, Proposer
from gitregistry.operations.references import ReleaseName
from gitregistry.records import paths
from gitregistry.registry.chains import Link
from gitregistry.registry.releases import model_names
from gitregistry.registry.trust import matches_any
from gitregistry.rules.findings import Finding, Requirement
from gitregistry.storage.registry_tree import RegistryTree


def all_in(
    source: str, target: str, models: Sequence[str], reason: str | None, *, together: bool = False
) -> Proposer:
    """Propose that every model's release in one environment goes to another, where it is not there already.

    Args:
        models: names or patterns; only these, or all when there is none.
        together: all of them or none; else those that pass.
    """

    def propose(present: Present) -> Proposal:
        present.environment(source)
        present.environment(target)
        wishes = _not_there_yet(present, source, target, models)
        with read_releases(present, [name for name, _ in wishes]):
            found = [considered(present, name, target, tip, reason) for name, tip in wishes]
        return _all_or_nothing(found) if together else fleet_proposal(found)

    return propose


def considered(
    present: Present, name: ReleaseName, environment: str, tip: Link | None, reason: str | None
) -> Considered:
    """What would come of promoting a release to where ``tip`` is the latest record.

    What cannot be read stops only the model that it belongs to.
    """
    replaces = tip.opened.record.version if tip is not None else None
    one = Considered(name.model, environment, name.version, replaces, "moves")
    try:
        alias, requirements = asked_promotion(present, name, environment, reason)
    except CannotTell:
        raise
    except RegistryError as fault:
        return one.put_off("refused", str(fault), fault.hint)
    one = one._replace(alias=alias, requirements=requirements)
    unmet = [item for item in requirements if not item.met]
    return one.put_off("refused", first_words(unmet), unmet[0].hint) if unmet else one


def first_words(unmet: Sequence[Requirement]) -> str:
    """The first unmet requirement, and how many more there are."""
    more = f" (and {len(unmet) - 1} more)" if len(unmet) > 1 else ""
    return f"{unmet[0].name}: {unmet[0].reason}{more}"


def fleet_proposal(found: Sequence[Considered]) -> Proposal:
    """The step that moves those that are to move; whichever of them the judge refuses stays behind."""
    moving = [one.alias for one in found if one.state == "moves" and one.alias is not None]
    return replace(batch_proposal(moving), considered=tuple(found), without=partial(_without, found))


def _all_or_nothing(found: Sequence[Considered]) -> Proposal:
    """The step that moves all of them, for the judge to refuse if any lacks anything."""
    for one in found:
        if one.alias is None:
            raise Refused(f"{one.model}:{one.version}: {one.reason}", hint=one.hint)
    aliases = [one.alias for one in found if one.alias is not None]
    return replace(batch_proposal(aliases), considered=tuple(found))


def read_all_pasts(
    present: Present, environments: Sequence[str], models: Sequence[str]
) -> AbstractContextManager[None]:
    """Read at once what a question about all of these models' aliases will ask for one by one.

    Inside of what it gives, signatures are being checked meanwhile.
    """
    aliases = [paths.alias(model, environment) for model in models for environment in environments]
    tree = present.snapshot.tree
    if isinstance(tree, RegistryTree):
        tree.gather_versions(paths.MODELS)
        tree.gather(list(dict.fromkeys(path.rpartition("/")[0] for path in aliases)), aliases)
    return checked_ahead(present, aliases)


def read_releases(present: Present, names: Sequence[ReleaseName]) -> AbstractContextManager[None]:
    """The same of all that was filed for these releases, of models whose pasts were read."""
    folders = [paths.release_folder(name.model, name.version) for name in names]
    tree = present.snapshot.tree
    if isinstance(tree, RegistryTree):
        tree.gather(folders, ())
    return checked_ahead(present, folders)


def chosen_models(present: Present, globs: Sequence[str]) -> list[str]:
    """The models whose names are among these or fit these patterns; all when there is none."""
    names = model_names(present.snapshot)
    chosen = [name for name in names if matches_any(tuple(globs), name)] if globs else names
    if globs and not chosen:
        raise NotFound(f"no model is named {' or '.join(globs)}", hint="registry list")
    return chosen


def _not_there_yet(
    present: Present, source: str, target: str, globs: Sequence[str]
) -> list[tuple[ReleaseName, Link | None]]:
    models = chosen_models(present, globs)
    found = []
    with read_all_pasts(present, (source, target), models):
        for model in models:
            first, second = present.chain(model, source), present.chain(model, target)
            if first is not None and (second is None or second.release != first.release):
                found.append((ReleaseName(model, first.opened.record.version), second))
    return found


def _without(found: Sequence[Considered], refused: Mapping[str, Sequence[Finding]]) -> Proposal:
    return fleet_proposal([_refused(one, refused) for one in found])


def _refused(one: Considered, refused: Mapping[str, Sequence[Finding]]) -> Considered:
    findings = refused.get(paths.alias(one.model, one.environment), ())
    if one.state != "moves" or not findings:
        return one
    first = findings[0]
    return one.put_off("refused", f"{first.rule}: {first.message}", first.hint)._replace(
        findings=tuple(findings)
    )
