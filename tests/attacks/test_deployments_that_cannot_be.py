"""Deployment records whose traffic does not add up, or in which one revision stands twice."""

from __future__ import annotations

import pytest

from gitregistry.records.deployment import Binding, Deployment
from tests.support.registry import Registry


@pytest.mark.parametrize(
    ("revisions", "share", "message"),
    [(("r1", "r2"), 60, "sums to 120"), (("r1",), 99, "sums to 99"), (("r1", "r1"), 50, "r1 stands twice")],
)
def test_a_deployment_that_cannot_be_true_is_found(
    live: Registry, revisions: tuple[str, ...], share: int, message: str
) -> None:
    live.run(
        "deploy", "churn", "--in", "production", "--revision", "r0", "--release", "v1", "--traffic", "100"
    )
    path = "registry/models/churn/deployments/production.yaml"
    before = live.record(Deployment, path)
    (bound,) = before.bindings
    bindings = tuple(
        Binding(
            revision=revision,
            version=bound.version,
            release_digest=bound.release_digest,
            mode="live",
            traffic_percent=share,
        )
        for revision in revisions
    )
    live.edit(path, "alice", sequence=2, previous=live.digest(path), bindings=bindings)
    live.commit_all()
    live.finds("traffic", path, message=message)
