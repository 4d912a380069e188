"""What ``--image`` fills in: ``runtime.base_image``, a name that can be one."""

from __future__ import annotations

from gitregistry.operations.filling import Nearby
from gitregistry.records.images import parse_image
from gitregistry.records.strict_yaml import Quoted

OPTION = "--image"


def image_nearby(text: str) -> Nearby:
    """The image as it was typed.

    Raises:
        BadInput: it is no reference.
    """
    weak = f"{OPTION} {text} holds no digest: its tag can be moved to another image"
    warnings = () if parse_image(text).digest is not None else (weak,)
    return Nearby(OPTION, OPTION, {"runtime": {"base_image": Quoted(text)}}, warnings)
