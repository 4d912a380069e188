"""What a transition may ask of the image that a release is to run in: that it is named by its digest."""

from __future__ import annotations

from gitregistry.records.images import image_digest
from gitregistry.records.release import Release
from gitregistry.registry.opening import Opened
from gitregistry.rules.findings import Requirement, Support

IMAGE = "image_digest_given"
IMAGE_WORDS = "the manifest names its runtime.base_image by a digest"
_BOUND = "an image named by its digest"


def image_requirement(release: Opened[Release]) -> Requirement:
    """Met when the manifest's ``runtime.base_image`` holds a digest: a tag can be moved afterwards."""
    record = release.record
    image = record.runtime.base_image if record.runtime is not None else None
    digest = image_digest(image) if image is not None else None
    if digest is not None:
        support = Support(release.path, release.digest, record.created_by, record.created_at, image, _BOUND)
        return Requirement(IMAGE, True, (support,))
    named = f"is {image}, which holds no digest" if image is not None else "is not given"
    return Requirement(
        IMAGE,
        False,
        reason=f"its runtime.base_image {named}, and a tag can be moved to another image",
        hint="registry register MANIFEST.yaml --image NAME@sha256:…   (a new version)",
        rule="image",
    )
