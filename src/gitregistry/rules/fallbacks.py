"""What to go back to: the last release that was good somewhere and may still be pointed at."""

from __future__ import annotations

from gitregistry.records.alias import Alias
from gitregistry.records.common import ReleaseReference
from gitregistry.registry.chains import Link, fallback_after
from gitregistry.registry.opening import Broken
from gitregistry.registry.retirements import is_withdrawn
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import OPERATOR, PROMOTER
from gitregistry.rules.step import Law


def last_good(law: Law, snapshot: Snapshot, tip: Link | None, alias: Alias) -> ReleaseReference | None:
    """The rollback target of an alias record that follows ``tip``.

    Neither a withdrawn release nor one that somebody put there who may not move aliases.
    """
    return fallback_after(
        tip,
        alias,
        lambda version: not is_withdrawn(snapshot, alias.model_name, version),
        lambda link: is_by_mover(law, link),
    )


def is_by_mover(law: Law, link: Link) -> bool:
    """Whether somebody who may move aliases made a record of the past."""
    if link.vouched_by is law.trust:
        return True
    alias = link.opened
    role = PROMOTER if alias.record.action == "promote" else OPERATOR
    try:
        law.trust.require_maker(alias, [role], alias.record.model_name, alias.record.environment)
    except Broken:  # verify reports the step that brought it; here it is only no ground to build on
        return False
    link.vouched_by = law.trust
    return True
