"""The emergency promotions of a model, and who reviewed them.

Each one's alias record is kept in a folder of its own: it is found there at the price of one look into a
folder, however long the alias's chain is and wherever the alias points by now.
"""

from __future__ import annotations

from typing import NamedTuple

from gitregistry.records import paths
from gitregistry.records.alias import Alias, Emergency
from gitregistry.records.common import Record
from gitregistry.records.review import Review
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.registry.trust import TrustInForce


class EmergencyMade(NamedTuple):
    """An emergency promotion as its kept alias record says; ``review`` is what closed it."""

    kept: Opened[Alias]
    emergency: Emergency
    review: Opened[Review] | None


def emergencies(
    snapshot: Snapshot, trust: TrustInForce, model: str
) -> tuple[list[EmergencyMade], list[tuple[str, Broken]]]:
    """Every emergency of a model by environment and number; and kept records that cannot be used."""
    reviews = _reviews(snapshot, trust, model)
    made, unusable = [], []
    for found in snapshot.open_folder(Alias, "alias", paths.emergencies_folder(model)):
        if not isinstance(found, Opened):
            unusable.append(found)
        elif not _is_made_here(found, trust):
            continue  # a stranger's record was never in force
        elif found.record.emergency is None:
            unusable.append((found.path, Broken("emergency", "it is no emergency promotion")))
        else:
            made.append(EmergencyMade(found, found.record.emergency, reviews.get(found.digest)))
    made.sort(key=lambda item: (item.kept.record.environment, item.kept.record.sequence))
    return made, unusable


def _reviews(snapshot: Snapshot, trust: TrustInForce, model: str) -> dict[str, Opened[Review]]:
    """Reviews that persons in trust made, by the alias record that they are of; of several the first by name.

    Whether they might was judged when they came in: a role that is lost, or a person who joins, opens nothing
    again.
    """
    found: dict[str, Opened[Review]] = {}
    for review in snapshot.open_folder(Review, "review", paths.reviews_folder(model)):
        if not isinstance(review, Opened) or not _is_made_here(review, trust):
            continue  # verify reports the step that brought it
        maker = trust.principal(review.record.created_by)
        if maker is not None and maker.kind == "person":
            found.setdefault(review.record.promotion, review)
    return found


def _is_made_here(opened: Opened[Record], trust: TrustInForce) -> bool:
    """Whether a record of this registry was signed by the one in trust who it says made it."""
    owner = trust.owner(opened.keys[0]) if len(opened.keys) == 1 else None
    return (
        owner is not None and owner.id == opened.record.created_by and trust.knows(opened.record.registry_id)
    )
