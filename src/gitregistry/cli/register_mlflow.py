"""``register --from-mlflow``: the server to ask, and what it was asked for."""

from __future__ import annotations

import os
from typing import NamedTuple

from gitregistry.errors import BadInput
from gitregistry.operations.filling import Nearby
from gitregistry.operations.manifest_input import ManifestInput


class FromMlflow(NamedTuple):
    """``--from-mlflow`` and the options that it goes with, as they were typed."""

    reference: str | None = None
    tracking_uri: str | None = None
    artifact: str | None = None


def told_by_mlflow(asked: FromMlflow, given: ManifestInput) -> list[Nearby]:
    """What MLflow says of the model that is to be registered; nothing when it is not asked.

    Args:
        given: the manifest with all that goes before MLflow's word.

    Raises:
        NotFound: the server has no such run or model.
        BadInput: it cannot be asked, or what it says cannot be a release.
    """
    if asked.reference is None:
        if asked.tracking_uri is not None:
            raise BadInput("--tracking-uri names the server to ask", hint="--from-mlflow models:/NAME/3")
        return []
    from gitregistry.integrations.mlflow import tracking_server  # noqa: PLC0415 - only this needs the network
    from gitregistry.integrations.mlflow_reference import parse_reference  # noqa: PLC0415 - as above
    from gitregistry.integrations.mlflow_register import nearby_in_mlflow  # noqa: PLC0415 - as above
    from gitregistry.integrations.mlflow_rest import Client  # noqa: PLC0415 - as above

    reference = parse_reference(asked.reference)
    server = tracking_server(asked.tracking_uri, os.environ)
    return [nearby_in_mlflow(Client(server), reference, given, asked.artifact)]
