"""The emergency promotions of a model, and who reviewed them.

Each one's alias record is kept in a folder of its own: it is found there at the price of one look into a
folder, however long the alias's chain is and wherever the alias points by now.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.records.alias import Alias, Emergency
from gitregistry.records.common import Record
from gitregistry.records.policy import Policy
from gitregistry.records.review import Review
from gitregistry.registry.moments import from_epoch
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.past_law import law_before
from gitregistry.registry.said import may_have_spoken
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import ADMINISTRATOR, TrustInForce, ready_trust


class EmergencyMade(NamedTuple):
    """An emergency promotion as its kept alias record says; ``review`` is what closed it."""

    kept: Opened[Alias]
    emergency: Emergency
    review: Opened[Review] | None


class _Came(NamedTuple):
    """A review, its place in history, and the law that it was judged by; no place when it has none yet."""

    review: Opened[Review]
    place: int | None
    trust: TrustInForce
    policy: Policy
    at: str


def emergencies(
    snapshot: Snapshot, trust: TrustInForce, policy: Opened[Policy] | None, model: str
) -> tuple[list[EmergencyMade], list[tuple[str, Broken]]]:
    """Every emergency of a model by environment and number; and kept records that cannot be used.

    Of these only what somebody in trust signed, now or once: whatever else lies there obliges nobody.

    Args:
        trust, policy: what is in force; without a policy no review counts.
    """
    reviews = _reviews(snapshot, trust, policy, model)
    made, unusable = [], []
    for found in snapshot.open_folder(Alias, "alias", paths.emergencies_folder(model)):
        if not isinstance(found, Opened):
            if may_have_spoken(snapshot, trust, Alias, "alias", found):
                unusable.append(found)
        elif not _is_made_here(found, trust):
            continue  # a stranger's record was never in force
        elif found.record.emergency is None:
            unusable.append((found.path, Broken("emergency", "it is no emergency promotion")))
        else:
            review = _closing(snapshot, found, found.record.emergency, reviews.get(found.digest, []))
            made.append(EmergencyMade(found, found.record.emergency, review))
    made.sort(key=lambda item: (item.kept.record.environment, item.kept.record.sequence))
    return made, unusable


def review_roles(policy: Policy) -> tuple[str, ...]:
    """Who may review: as the policy in force says; where it says nothing any more, its administrators."""
    return policy.emergency.review_by if policy.emergency is not None else (ADMINISTRATOR,)


def _closing(
    snapshot: Snapshot, kept: Opened[Alias], emergency: Emergency, reviews: list[_Came]
) -> Opened[Review] | None:
    """The review that closed an emergency: of those that could, the one that came first in history.

    None by who made or authorised it, where there was anybody else. Of two that one step brought, neither: it
    was unlawful, and nobody can say which was first.
    """
    begun = snapshot.left_by(kept.path)
    after = snapshot.tree.position(begun.commit) if begun is not None else -1
    for came in sorted(reviews, key=lambda item: (item.place is None, item.place or 0)):
        alone = sum(other.place == came.place for other in reviews) == 1
        later = came.place is None or came.place > after
        if alone and later and _could_close(came, kept, emergency):
            return came.review
    return None


def _could_close(came: _Came, kept: Opened[Alias], emergency: Emergency) -> bool:
    """Whether a person signed it who might review this emergency by the law that it came in by."""
    record, trust = came.review.record, came.trust
    if record.role not in review_roles(came.policy):
        return False
    try:
        signer = trust.authorise(
            came.review, [record.role], came.at, record.model_name, kept.record.environment
        )
    except Broken:  # verify reports the step that brought it
        return False
    involved = (kept.record.created_by, emergency.authorised_by) if trust.four_eyes else ()
    return signer.kind == "person" and signer.id not in involved


def _reviews(
    snapshot: Snapshot, trust: TrustInForce, policy: Opened[Policy] | None, model: str
) -> dict[str, list[_Came]]:
    """The reviews that people in trust made, by the alias record that they are of.

    Whether they might was judged when they came in: a role that is lost, or a person who joins, opens nothing
    again. A role that came later closes nothing either.
    """
    folder = paths.reviews_folder(model)
    if policy is None or not snapshot.tree.children(folder):
        return {}
    snapshot.tree.gather_versions(folder, paths.emergencies_folder(model), paths.TRUST, paths.POLICY)
    found: dict[str, list[_Came]] = {}
    for review in snapshot.open_folder(Review, "review", folder):
        if isinstance(review, Opened) and _is_made_here(review, trust):
            for came in _came(snapshot, trust, policy, review):
                found.setdefault(review.record.promotion, []).append(came)
    return found


def _came(
    snapshot: Snapshot, trust: TrustInForce, policy: Opened[Policy], review: Opened[Review]
) -> Iterator[_Came]:
    """When a review came in and by which law; what has no past yet is judged by the law in force."""
    first = snapshot.left_by(review.path)
    if first is None:
        yield _Came(review, None, trust, policy.record, review.record.created_at)
        return
    try:
        law = law_before(snapshot, trust.opened, policy, first.commit)
        if law is not None:
            was, asked = law
            place = snapshot.tree.position(first.commit)
            at = from_epoch(first.time)
            yield _Came(review, place, ready_trust(snapshot, was), asked.record, at)
    except Broken:  # by a law that cannot be used nothing was lawful
        return


def _is_made_here(opened: Opened[Record], trust: TrustInForce) -> bool:
    """Whether a record of this registry was signed by the one in trust who it says made it."""
    owner = trust.owner(opened.keys[0]) if len(opened.keys) == 1 else None
    return (
        owner is not None and owner.id == opened.record.created_by and trust.knows(opened.record.registry_id)
    )
