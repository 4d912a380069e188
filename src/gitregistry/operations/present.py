"""The registry as a proposal finds it: the snapshot at the branch's tip, and the law in force there."""

from __future__ import annotations

from dataclasses import dataclass, field

from gitregistry.errors import NotFound, RegistryError
from gitregistry.records import paths
from gitregistry.records.alias import Alias
from gitregistry.records.common import Stamp
from gitregistry.records.release import Release
from gitregistry.registry.chains import Link, alias_chain
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.releases import find_release, model_names, version_names
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.step import Law


@dataclass(frozen=True, slots=True)
class Present:
    """What a verb looks at to make its proposal.

    Attributes:
        commit: the tip it was read from, full id.
        time: that commit's time.
        now: the time that new records carry.
        principal: who is acting, by trust's account of the signing key.
    """

    commit: str
    time: str
    now: str
    principal: str
    snapshot: Snapshot
    law: Law
    _chains: dict[tuple[str, str], Link | None] = field(default_factory=dict)

    def chain(self, model: str, environment: str) -> Link | None:
        """An alias's chain as history tells it."""
        key = (model, environment)
        if key not in self._chains:
            self._chains[key] = alias_chain(self.snapshot, model, environment)
        return self._chains[key]

    def existed(self, path: str) -> bool:
        """Whether a path ever held something."""
        return bool(self.snapshot.tree.versions(path))

    @property
    def registry_id(self) -> str:
        return self.law.trust.registry_id

    @property
    def policy_stamp(self) -> Stamp:
        return Stamp(version=self.law.policy.record.version, digest=self.law.policy.digest)

    @property
    def trust_stamp(self) -> Stamp:
        return Stamp(version=self.law.trust.record.version, digest=self.law.trust.digest)

    def environment(self, name: str) -> str:
        """The name, if the policy knows such an environment."""
        known = [environment.name for environment in self.law.policy.record.environments]
        if name not in known:
            raise NotFound(
                f"the policy knows no environment {name!r}; it knows {', '.join(known)}",
                hint="registry policy show",
            )
        return name


def require_release(snapshot: Snapshot, model: str, version: str) -> Opened[Release]:
    """The release, or an error that says what there is instead."""
    try:
        release = find_release(snapshot, model, version)
    except Broken as broken:
        raise unusable(broken, paths.manifest(model, version)) from None
    if release is not None:
        return release
    known = version_names(snapshot, model)
    if not known:
        raise unknown_model(snapshot, model)
    shown = ", ".join(known[-5:])
    raise NotFound(
        f"model {model} has no release {version}; it has {shown}"
        + (f" and {len(known) - 5} more" if len(known) > 5 else ""),
        hint=f"registry list {model}",
    )


def require_alias(snapshot: Snapshot, model: str, environment: str) -> Opened[Alias]:
    """What the alias points at now, or an error that says what there is instead."""
    path = paths.alias(model, environment)
    try:
        alias = snapshot.open(Alias, "alias", path)
    except Broken as broken:
        raise unusable(broken, path) from None
    if alias is None:
        if not snapshot.names_in(paths.model_folder(model)):
            raise unknown_model(snapshot, model)
        raise NotFound(
            f"nothing is promoted to {environment} for model {model}",
            hint=f"registry promote {model}:VERSION --to {environment}",
        )
    return alias


def unknown_model(snapshot: Snapshot, model: str) -> NotFound:
    """There is no such model; there are these."""
    known = model_names(snapshot)
    return NotFound(
        f"there is no model {model!r}; "
        + (f"there are {', '.join(known[:8])}" if known else "there is none yet"),
        hint="registry list" if known else "registry register MANIFEST.yaml --artifact FILE",
    )


def unusable(broken: Broken, path: str) -> RegistryError:
    """A record that is there and cannot be used, as an error for people."""
    return _Unusable(
        f"the record cannot be used ({broken.code}): {broken.message}",
        path=path,
        line=broken.line,
        hint=broken.hint or "registry verify says which commit brought it and what to do",
    )


class _Unusable(RegistryError):
    """A fault in the registry itself: refused, not bad input."""

    exit_code = 1
