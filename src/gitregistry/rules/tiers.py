"""A model's risk tier: what enough administrators signed on its page, whoever else writes there.

A publisher who could choose the tier would choose the gate. So neither a release's own tier nor a page that
publishers alone signed decides anything; where either says something else, the promotion is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from gitregistry.records import paths
from gitregistry.records.model import Model
from gitregistry.records.policy import Policy
from gitregistry.registry.opening import Broken, Opened
from gitregistry.registry.snapshot import Snapshot
from gitregistry.rules.policy_words import listed
from gitregistry.rules.step import Law


def confirmed_tier(law: Law, snapshot: Snapshot, model: str) -> str | None:
    """The tier on the latest version of the page that as many administrators signed as sign a policy.

    None where there is none. The latest is the one of the highest number that ever lay there, so neither an
    older page that was put back nor one that was taken away says anything; nor does one that comes with the
    step that is judged.
    """
    page = _confirmed(law, snapshot, model)
    return page.record.risk_tier if page is not None else None


def _confirmed(law: Law, snapshot: Snapshot, model: str) -> Opened[Model] | None:
    pages = [page for page in _pages(snapshot, model) if _is_confirmed(law, page, model)]
    return max(pages, key=lambda page: page.record.version) if pages else None


def _pages(snapshot: Snapshot, model: str) -> Iterator[Opened[Model]]:
    """All that ever lay there before the step that is judged, and can be used."""
    path = paths.model_page(model)
    for version in snapshot.tree.versions(path):
        if version.record is None or version.signature is None:
            continue
        try:
            yield snapshot.open_version(Model, "model", path, (version.record, version.signature))
        except Broken:  # verify reports the step that brought it
            continue


def claimed_tier(law: Law, snapshot: Snapshot, model: str, claimed: str | None) -> str | None:
    """The confirmed tier of a model, where it decides about a release.

    Raises:
        Broken: ``tier`` when the page or the release, which claims a tier or none, says another one.
    """
    latest = _confirmed(law, snapshot, model)
    confirmed = latest.record.risk_tier if latest is not None else None
    page = _page(snapshot, model)
    said = page.record.risk_tier if page is not None else None
    if said != confirmed and page is not None and _comes_with_the_step(law, page, latest, model):
        why = f"this step makes it {said or 'none'}, before it is {confirmed or 'none'}"
        raise _unclear(model, why, "promote in a step of its own, after the one that changes the page")
    if said != confirmed:
        why = f"its page says {said or 'none'}, administrators signed {confirmed or 'none'}"
        raise _unclear(model, why, _confirming(model, confirmed or said))
    if claimed is not None and claimed != confirmed:
        why = f"the release says {claimed}, the model's page says {confirmed or 'none'}"
        mend = (
            f"registry register MANIFEST.yaml --artifact FILE   (a new version, with risk_tier: {confirmed})"
            if confirmed
            else _confirming(model, claimed)
        )
        raise _unclear(model, why, mend)
    return confirmed


def _comes_with_the_step(law: Law, page: Opened[Model], latest: Opened[Model] | None, model: str) -> bool:
    """Whether administrators signed a page that has no past yet: it holds from the next step on."""
    newer = latest is None or page.record.version > latest.record.version
    return newer and _is_confirmed(law, page, model)


def tiers_of(policy: Policy) -> tuple[str, ...]:
    """The risk tiers that some profile is for, sorted."""
    return tuple(sorted({tier for profile in policy.profiles for tier in profile.risk_tiers}))


def unknown_tier_words(policy: Policy, tier: str) -> str:
    """That no profile is for a tier, and which there are some for."""
    return f"no profile is for the risk tier {tier}; there are profiles for {listed(tiers_of(policy))}"


def _page(snapshot: Snapshot, model: str) -> Opened[Model] | None:
    """The page of a model as it lies there.

    Raises:
        Broken: ``tier``, when it cannot be used: nobody can tell what it would say.
    """
    path = paths.model_page(model)
    try:
        return snapshot.open(Model, "model", path)
    except Broken as fault:
        words = f"the risk tier of {model} cannot be told: {path}: {fault.message}"
        raise Broken("tier", words, hint="registry verify names the step") from None


def _is_confirmed(law: Law, page: Opened[Model], model: str) -> bool:
    return (
        page.record.model_name == model
        and law.trust.knows(page.record.registry_id)
        and len(law.trust.makers(page)) >= law.trust.record.thresholds.policy
    )


def _confirming(model: str, tier: str | None) -> str:
    """The command that says a tier; whose words it may be, so that a shell sees a word and no more."""
    return (
        f"registry model {model} --risk-tier {quote(tier or 'TIER')}   (by administrators, as for a policy)"
    )


def _unclear(model: str, why: str, mend: str) -> Broken:
    return Broken("tier", f"{model}'s risk tier decides what is asked, and is not clear: {why}", hint=mend)
