"""A model's page: its next version, signed by a publisher, or by administrators who say its risk tier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from gitregistry.errors import BadInput
from gitregistry.operations.chained_files import in_force
from gitregistry.operations.cosign import Awaiting, put_in_force
from gitregistry.operations.law import require_law
from gitregistry.operations.present import Present
from gitregistry.operations.reading import Reading
from gitregistry.operations.require import unknown_model, unusable
from gitregistry.operations.submit import Actor, Remote, Submitted
from gitregistry.operations.workspace import Workspace
from gitregistry.records import names, paths
from gitregistry.records.encoding import encode
from gitregistry.records.model import Model
from gitregistry.records.shapes import read_record
from gitregistry.registry.opening import Broken


@dataclass(frozen=True, slots=True)
class PageChange:
    """What is to stand on the page; None leaves it as it is. ``no_tier`` takes the risk tier away."""

    owner: str | None = None
    description: str | None = None
    risk_tier: str | None = None
    no_tier: bool = False

    @property
    def of_tier(self) -> bool:
        return self.risk_tier is not None or self.no_tier


def write_page(
    workspace: Workspace, actor: Actor, model: str, change: PageChange, remote: Remote | None = None
) -> Submitted | Awaiting:
    """Make the next version of a model's page.

    A risk tier counts once as many administrators signed it as sign a policy. Where that is several, the page
    is left in the work tree for the others, also when it only confirms the tier that a publisher wrote.

    Raises:
        BadInput: nothing is to change, or the name is none.
        Refused: the key may not do it.
    """
    fault = names.fault_in_name(model)
    if fault:
        raise BadInput(fault, hint="registry model fraud --risk-tier high")
    if change == PageChange():
        raise BadInput("nothing is to change", hint=f"registry model {model} --owner TEAM --risk-tier high")
    law = require_law(workspace.snapshot(workspace.commit()))
    several = change.of_tier and law.trust.record.thresholds.policy > 1
    return put_in_force(
        workspace,
        actor,
        paths.model_page(model),
        lambda present: (encode(_next_page(present, model, change)), None),
        remote,
        propose_only=several,
    )


def pages(reading: Reading, top: Path, path: str) -> tuple[Model | None, Model]:
    """The page that lies in the registry, and the one that lies in the work tree to be signed."""
    data = (top / path).read_bytes()
    try:
        opened = reading.snapshot.open(Model, "model", path)
    except Broken as broken:
        raise unusable(broken, path) from None
    return (opened.record if opened is not None else None), read_record(Model, data, path)


def _next_page(present: Present, model: str, change: PageChange) -> Model:
    opened = in_force(paths.model_page(model), present)
    if opened is not None and isinstance(opened.record, Model):
        page = replace(opened.record, version=opened.record.version + 1, previous=opened.digest)
    elif present.snapshot.names_in(paths.model_folder(model)):
        page = Model(
            created_at=present.now,
            created_by=present.principal,
            model_name=model,
            version=1,
            owner=present.principal,
        )
    else:
        raise unknown_model(present.snapshot, model)
    return replace(
        page,
        registry_id=present.registry_id,
        created_at=present.now,
        created_by=present.principal,
        owner=change.owner or page.owner,
        description=change.description or page.description,
        risk_tier=None if change.no_tier else change.risk_tier or page.risk_tier,
    )
