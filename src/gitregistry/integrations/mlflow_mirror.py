"""Aliases in MLflow as the registry has them: told one by one, the same the second time, never read back.

MLflow has no compare-and-swap. So the mark of an alias is written before the alias, read before anything is
written, and read once more at the end: an older run finds a newer mark and stops, and two at once are seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from gitregistry.errors import BadInput, NotFound, Refused, RegistryError
from gitregistry.integrations.http_get import Unreached
from gitregistry.integrations.mlflow_marks import (
    ALIAS_TAG,
    DIGEST_TAG,
    REGISTRY_TAG,
    RELEASE_TAG,
    Mark,
    Model,
    is_of,
    mark_of,
    read_mark,
    read_model,
    require_newer,
    require_ours,
)
from gitregistry.integrations.mlflow_rest import Client
from gitregistry.integrations.mlflow_versions import MlflowVersion, Unmapped, labelled, version_of
from gitregistry.operations.pointings import Pointing, Pointings, Told
from gitregistry.records.names import shown

_ALIAS: Final = re.compile(r"(?!latest$|v[0-9]+$)[A-Za-z0-9_-]{1,255}")


def mirror(client: Client, pointings: Pointings, *, write: bool, known_only: bool) -> Iterator[Told]:
    """Tell MLflow what each environment points at, one after the other.

    Args:
        write: False only says what differs.
        known_only: leave out releases of which nothing says that they are in MLflow; else they fail.
    """
    telling = _Mirror(client, pointings, write=write, known_only=known_only)
    for pointing in pointings.all:
        told = telling.tell(pointing)
        if told is not None:
            yield told


class _Mirror:
    """One run: what was asked of the server so far, and what each environment's release is there."""

    def __init__(self, client: Client, pointings: Pointings, *, write: bool, known_only: bool) -> None:
        self._client, self._pointings = client, pointings
        self._write, self._known_only = write, known_only
        self._models: dict[str, Model] = {}
        self._versions: dict[str, MlflowVersion | RegistryError] = {}
        self._names: dict[str, set[str]] = {}
        self._down: Unreached | None = None
        self._targets = {pointing.name: self._target(pointing) for pointing in pointings.all}

    def tell(self, pointing: Pointing) -> Told | None:
        """What became of one environment; None where there is nothing to tell."""
        target = self._targets[pointing.name]
        if isinstance(target, RegistryError) and not isinstance(target, Unmapped):
            return _failed(pointing, target)
        try:
            if self._down is not None:
                raise self._down
            if isinstance(target, MlflowVersion):
                return self._told_here(pointing, target)
            return self._told_elsewhere(pointing, target, "; ".join(self._swept(pointing, None)))
        except RegistryError as fault:
            self._note(fault)
            return _failed(pointing, fault)

    def _told_here(self, pointing: Pointing, target: MlflowVersion) -> Told:
        """First the new alias: what fails there leaves an old one, under another name, where it is."""
        told = self._set(pointing, target)
        removed = self._swept(pointing, target)
        if not removed:
            return told
        return told._replace(
            outcome="set", reason="; ".join([told.reason or "", *removed]).removeprefix("; ")
        )

    def _told_elsewhere(self, pointing: Pointing, unmapped: Unmapped | None, removed: str) -> Told | None:
        """What to say of an environment that points at nothing in MLflow; None where it never did."""
        if unmapped is not None and not self._known_only:
            told = _failed(pointing, unmapped)
            return told._replace(reason=f"{told.reason}; {removed}") if removed else told
        if removed:
            return Told(pointing, None, None, "removed", removed)
        return Told(pointing, None, None, "left out", unmapped.message) if unmapped is not None else None

    # --- what a release is there ---

    def _target(self, pointing: Pointing) -> MlflowVersion | RegistryError | None:
        if pointing.fault is not None or pointing.release is None:
            return pointing.fault
        digest = pointing.release.digest
        if digest not in self._versions:
            try:
                if self._down is not None:
                    raise self._down
                self._versions[digest] = version_of(self._client, pointing.release)
            except RegistryError as fault:
                self._note(fault)
                self._versions[digest] = fault
        return self._versions[digest]

    def _note(self, fault: RegistryError) -> None:
        """A server that does not answer is asked no more: each call would wait as long again."""
        if isinstance(fault, Unreached):
            self._down = fault

    def _model(self, name: str) -> Model:
        if name not in self._models:
            self._models[name] = read_model(self._client, name)
        return self._models[name]

    def _other_names(self, pointing: Pointing, target: MlflowVersion | None) -> list[str]:
        """Registered models that this one's releases came from, besides the one that is to be told."""
        if pointing.model not in self._names:
            found = set()
            for release in self._pointings.releases(pointing.model):
                try:
                    said = labelled(release)
                except BadInput:
                    continue
                found |= {said[0]} if said is not None else set()
            self._names[pointing.model] = found
        return sorted(self._names[pointing.model] - ({target.name} if target is not None else set()))

    # --- what is to be taken away ---

    def _swept(self, pointing: Pointing, target: MlflowVersion | None) -> list[str]:
        """Take our alias from models that the environment no longer points at; what was done, in words."""
        done = []
        for name in self._other_names(pointing, target):
            try:
                model = self._model(name)
            except NotFound:
                continue
            mark = read_mark(model.tags.get(ALIAS_TAG + pointing.environment, ""))
            if mark is None or not is_of(self._pointings, pointing, mark):
                continue
            require_newer(self._pointings, pointing, mark, name)
            standing = model.aliases.get(pointing.environment)
            if standing == mark.version:
                done.append(f"models:/{name}@{pointing.environment} stood at {standing}")
            else:
                done.append(
                    f"models:/{name} keeps its mark; the alias is at {standing or 'nothing'} by others"
                )
            if self._write:
                self._remove(name, pointing.environment, alias=standing == mark.version)
        return done

    def _remove(self, name: str, environment: str, *, alias: bool) -> None:
        if alias:
            self._client.delete("registered-models/alias", name=name, alias=environment)
        self._client.delete("registered-models/delete-tag", name=name, key=ALIAS_TAG + environment)
        self._models.pop(name, None)

    # --- what is to be set ---

    def _set(self, pointing: Pointing, target: MlflowVersion) -> Told:
        self._require_possible(pointing, target)
        model = self._model(target.name)
        tag = model.tags.get(ALIAS_TAG + pointing.environment)
        mark = read_mark(tag or "")
        if mark is not None:
            require_ours(self._pointings, pointing, mark, target.name)
        wanted = mark_of(pointing, self._pointings.trust.registry_id, target.version)
        found = model.aliases.get(pointing.environment)
        tags = {key: value for key, value in self._tags(target).items() if target.tags.get(key) != value}
        reasons = [*_differences(found, tag, mark, wanted), *_differing_tags(target, tags)]
        if not reasons:
            return Told(pointing, str(target), found, "same")
        if self._write:
            self._apply(pointing, target, wanted, tags)
        return Told(pointing, str(target), found, "set", "; ".join(reasons))

    def _require_possible(self, pointing: Pointing, target: MlflowVersion) -> None:
        if not _ALIAS.fullmatch(pointing.environment):
            raise BadInput(
                f"MLflow takes no alias called {shown(pointing.environment)}",
                hint="MLflow's aliases are letters, digits, _ and -, and neither latest nor v1; "
                "leave the model out: --model",
            )
        rivals = [
            other.model
            for other in self._pointings.all
            if other.environment == pointing.environment and self._comes_from(other, target.name)
        ]
        if len(rivals) > 1:
            raise Refused(
                f"{' and '.join(rivals)} all come from models:/{target.name}, which has one alias "
                f"{pointing.environment}",
                hint="mirror one of them: --model MODEL; or register them from models of their own",
            )

    def _comes_from(self, pointing: Pointing, name: str) -> bool:
        target = self._targets[pointing.name]
        return isinstance(target, MlflowVersion) and target.name == name

    def _tags(self, target: MlflowVersion) -> dict[str, str]:
        """What the version is to say of itself; where it is several releases, the one that is told last."""
        found: dict[str, str] = {}
        for pointing in self._pointings.all:
            other = self._targets[pointing.name]
            if pointing.release is None or not isinstance(other, MlflowVersion) or str(other) != str(target):
                continue
            record = pointing.release.record
            found = {
                REGISTRY_TAG: self._pointings.trust.registry_id,
                RELEASE_TAG: f"{record.model_name}:{record.version}",
                DIGEST_TAG: pointing.release.digest,
            }
        return found

    def _apply(self, pointing: Pointing, target: MlflowVersion, mark: Mark, tags: dict[str, str]) -> None:
        name, environment = target.name, pointing.environment
        for key, value in tags.items():
            self._client.post(
                "model-versions/set-tag", name=name, version=target.version, key=key, value=value
            )
            target.tags[key] = value
        self._client.post(
            "registered-models/set-tag", name=name, key=ALIAS_TAG + environment, value=mark.text
        )
        self._client.post("registered-models/alias", name=name, alias=environment, version=target.version)
        after = self._models[name] = read_model(self._client, name)
        there = after.aliases.get(environment), read_mark(after.tags.get(ALIAS_TAG + environment, ""))
        if there != (target.version, mark):
            raise Refused(
                f"models:/{name}@{environment} was moved by somebody else in the meantime",
                hint="see that one mirror runs at a time, then run it again",
            )


def _differences(found: str | None, tag: str | None, mark: Mark | None, wanted: Mark) -> Iterator[str]:
    """In words, what is not as it is to be."""
    if found != wanted.version:
        stood = f"it stood at {found}" if found is not None else "it was not set"
        moved = mark is not None and found != mark.version
        yield f"{stood}, although it had been set to {mark.version}" if moved and mark else stood
    if tag is None and found is not None:
        yield "somebody else set it"
    elif tag is not None and mark is None:
        yield "its mark cannot be read"
    elif mark is not None and mark != wanted:
        yield f"its mark is of number {mark.sequence}"


def _differing_tags(target: MlflowVersion, tags: Mapping[str, str]) -> Iterator[str]:
    missing = [key for key in tags if key not in target.tags]
    if missing:
        yield f"models:/{target} has no {', '.join(missing)}"
    yield from (f"models:/{target} has another {key}" for key in tags if key in target.tags)


def _failed(pointing: Pointing, fault: RegistryError) -> Told:
    return Told(pointing, None, None, "failed", str(fault), fault.hint)
