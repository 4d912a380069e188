"""Finding what a command names, or saying what there is instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitregistry.errors import NotFound, RegistryError
from gitregistry.records import names, paths
from gitregistry.records.alias import Alias
from gitregistry.records.release import Release
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.releases import find_release, model_names, version_names
from gitregistry.registry.snapshot import Snapshot

if TYPE_CHECKING:
    from gitregistry.records.policy import Policy  # most commands need no policy, and start without it


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
        _require_environment_there(snapshot, environment)
        raise NotFound(
            f"nothing is promoted to {environment} for model {model}",
            hint=f"registry promote {model}:VERSION --to {environment}",
        )
    return alias


def _require_environment_there(snapshot: Snapshot, name: str) -> None:
    from gitregistry.records.policy import Policy  # noqa: PLC0415 - as above

    try:
        policy = snapshot.open(Policy, "policy", paths.POLICY)
    except Broken as broken:
        raise unusable(broken, paths.POLICY) from None
    if policy is not None:
        require_environment(name, policy.record)


def require_environment(name: str, policy: Policy) -> None:
    """Raise NotFound unless the policy knows such an environment."""
    known = [environment.name for environment in policy.environments]
    if name not in known:
        raise NotFound(
            f"the policy knows no environment {names.shown(name)}; it knows {', '.join(known)}",
            hint="registry policy show",
        )


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
