"""The registry as a question finds it, now or at a moment of the past, and the facts that answers need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from gitregistry.errors import NotFound
from gitregistry.operations.law import require_law
from gitregistry.operations.references import AliasName, ReleaseName
from gitregistry.operations.require import require_environment, require_release, unknown_model
from gitregistry.operations.workspace import Workspace
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import Record
from gitregistry.records.deployment import Deployment
from gitregistry.records.release import Release
from gitregistry.registry.answers import LoggedStep, Place
from gitregistry.registry.chains import Link
from gitregistry.registry.moments import from_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.releases import model_names, version_names
from gitregistry.registry.retirements import is_withdrawn
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.snapshot_chains import SnapshotChains
from gitregistry.rules.findings import Requirement
from gitregistry.rules.lifecycle import Standing, standing
from gitregistry.rules.requirements import Promotion, evaluate
from gitregistry.rules.step import Law
from gitregistry.storage.commit_info import commit_info
from gitregistry.storage.history import first_parent_steps
from gitregistry.storage.registry_tree import RegistryTree

RecordType = TypeVar("RecordType", bound=Record)


@dataclass(frozen=True, slots=True)
class Reading:
    """One snapshot that questions are asked of; ``time`` is when it stood: now, or its commit's time."""

    workspace: Workspace
    commit: str
    tree: RegistryTree
    snapshot: Snapshot
    law: Law
    time: str

    @property
    def chain(self) -> SnapshotChains:
        """The chains as history up to here tells them."""
        return SnapshotChains(self.snapshot)

    def replayed(self, model: str, environment: str) -> str | None:
        """In words, that the alias file is not the latest record of its chain; None when it is."""
        tip = self.chain(model, environment)
        path = paths.alias(model, environment)
        entry = self.snapshot.tree.entry(path)
        if tip is None and entry is None:
            return None
        try:
            there = self.snapshot.open(Alias, "alias", path)
        except Broken as broken:
            return f"{path} cannot be used ({broken.message}); registry verify says what mends it"
        if tip is not None and there is not None and there.digest == tip.opened.digest:
            return None
        latest = f"sequence {tip.opened.record.sequence}" if tip is not None else "no lawful record"
        found = f"sequence {there.record.sequence}" if there is not None else "nothing"
        return f"{path} holds {found}, the latest is {latest}; registry verify says what mends it"

    def environments(self) -> list[str]:
        return [environment.name for environment in self.law.policy.record.environments]

    def standing(self, release: Opened[Release]) -> Standing:
        """Where a release stands here."""
        self.tree.gather_versions(*paths.chains_of(release.record.model_name))
        return standing(self.law, self.snapshot, self.chain, release, self.time)


def read_at(workspace: Workspace, at: str | None, now: str) -> Reading:
    """The registry at ``--at``, or at the branch's tip."""
    commit = workspace.commit(at)
    snapshot = workspace.snapshot(commit)
    tree = RegistryTree(workspace.objects, commit)
    snapshot = Snapshot(tree, snapshot.cache)
    law = require_law(snapshot)
    time = now if at is None else from_epoch(commit_info(workspace.objects, [commit])[commit].committer.time)
    return Reading(workspace, commit, tree, snapshot, law, time)


def releases(
    reading: Reading, model: str | None
) -> tuple[list[tuple[Opened[Release], Standing]], list[tuple[str, Broken]]]:
    """Every release, of one model or of all, with its standing; and those whose manifest cannot be used."""
    if model is not None and not reading.snapshot.names_in(paths.model_folder(model)):
        raise unknown_model(reading.snapshot, model)
    models = [model] if model is not None else model_names(reading.snapshot)
    reading.tree.gather_versions(paths.model_folder(model) if model is not None else paths.MODELS, paths.LINE)
    found, broken = [], []
    for name in models:
        for version in version_names(reading.snapshot, name):
            path = paths.manifest(name, version)
            try:
                release = reading.snapshot.open(Release, "release", path)
            except Broken as fault:
                broken.append((path, fault))
                continue
            if release is not None:
                found.append((release, reading.standing(release)))
    found.sort(key=lambda pair: (pair[0].record.model_name, pair[0].record.created_at, pair[0].path))
    return found, broken


def require_tip(reading: Reading, model: str, environment: str) -> Link:
    """The alias record in force, or an error that says what there is instead."""
    require_environment(environment, reading.law.policy.record)
    tip = reading.chain(model, environment)
    if tip is None:
        if not reading.snapshot.names_in(paths.model_folder(model)):
            raise unknown_model(reading.snapshot, model)
        raise NotFound(
            f"nothing is promoted to {environment} for model {model}",
            hint=f"registry promote {model}:VERSION --to {environment}",
        )
    return tip


def release_of(reading: Reading, reference: ReleaseName | AliasName) -> Opened[Release]:
    """The release of that name, or the one that an alias points at now."""
    if isinstance(reference, ReleaseName):
        return require_release(reading.snapshot, reference.model, reference.version)
    version = require_tip(reading, reference.model, reference.environment).opened.record.version
    return require_release(reading.snapshot, reference.model, version)


def grounds(reading: Reading, tip: Link) -> tuple[Link, tuple[Requirement, ...]]:
    """The promotion that put a release where it is, and its requirements under the law it was judged by."""
    release_digest = tip.opened.record.release_digest
    found = (
        link
        for link in tip.backwards()
        if link.opened.record.action == "promote" and link.opened.record.release_digest == release_digest
    )
    promotion = next(found, None)
    if promotion is None:
        raise NotFound(
            f"{tip.opened.record.version} was never promoted to {tip.opened.record.environment}",
            path=tip.opened.path,
            hint="registry verify says which commit put it there",
        )
    objects = reading.workspace.objects
    commit = promotion.commit or reading.commit
    info = commit_info(objects, [commit])[commit]
    parent = info.parents[0] if info.parents else commit  # the first step is judged by what it brings
    tree = RegistryTree(objects, parent)
    before = Snapshot(tree, reading.snapshot.cache)
    after = Snapshot(RegistryTree(objects, commit), reading.snapshot.cache)
    record = promotion.opened.record
    release = require_release(after, record.model_name, record.version)
    asked = Promotion(release, record.environment, record.created_by, from_epoch(info.committer.time))
    if record.emergency is not None:
        emergency = record.emergency
        asked = asked._replace(incident=emergency.incident, authorised_by=emergency.authorised_by)
    chains = Reading(reading.workspace, parent, tree, before, require_law(before), "")
    return promotion, evaluate(chains.law, after, chains.chain, asked)


def places(reading: Reading) -> Iterator[Place]:
    """Every model in every environment that it reached or is deployed in."""
    reading.tree.gather_versions(paths.MODELS, paths.LINE)
    for model in model_names(reading.snapshot):
        for environment in reading.environments():
            alias, alias_fault = _open(reading, Alias, "alias", paths.alias(model, environment))
            deployment, fault = _open(reading, Deployment, "deployment", paths.deployment(model, environment))
            if alias is None and deployment is None and not (alias_fault or fault):
                continue
            withdrawn = alias is not None and is_withdrawn(reading.snapshot, model, alias.version)
            replayed = reading.replayed(model, environment)
            yield Place(model, environment, alias, deployment, alias_fault or fault or replayed, withdrawn)


def _open(
    reading: Reading, record: type[RecordType], kind: str, path: str
) -> tuple[RecordType | None, str | None]:
    try:
        opened = reading.snapshot.open(record, kind, path)
    except Broken as broken:
        return None, f"the {kind} record cannot be used ({broken.code}): {broken.message}"
    return (opened.record if opened is not None else None), None


def steps(reading: Reading, model: str | None, most: int) -> list[LoggedStep]:
    """The latest steps that touched the registry, or one model, the last one first."""
    if model is not None and not reading.snapshot.names_in(paths.model_folder(model)):
        raise unknown_model(reading.snapshot, model)
    folder = paths.model_folder(model) if model is not None else paths.ROOT.rstrip("/")
    objects = reading.workspace.objects
    found = list(first_parent_steps(objects.repository, reading.commit, paths=(folder,)))[::-1][:most]
    infos = commit_info(objects, [step.commit for step in found])
    return [
        LoggedStep(
            step.commit,
            from_epoch(step.time),
            infos[step.commit].author.name,
            step.subject,
            tuple(pair for pair in infos[step.commit].trailers if pair[0].startswith("Registry-")),
        )
        for step in found
    ]
