"""Policy: environments, lifecycle states and what each transition requires."""

import re
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Annotated, Literal

from gitregistry.errors import BadInput
from gitregistry.records.common import (
    Boolean,
    CheckName,
    Count,
    Digest,
    Duration,
    Environment,
    Glob,
    Line,
    Measure,
    Prose,
    Query,
    Record,
    RoleName,
)
from gitregistry.records.frozen import Frozen, frozen
from gitregistry.records.shapes import ShapeFault, Text, Time
from gitregistry.records.strict_yaml import Value
from gitregistry.records.tolerance import ToleranceText

Dimension = Annotated[str, Text(r"[^=\[\]\s]{1,100}", "a dimension like age_band")]
SliceName = Annotated[str, Text(r"[^=\[\]\n]{1,100}", "a slice's name like 18-25")]
ToleranceWords = Annotated[str, ToleranceText()]
Label = Annotated[str, Text(r"[A-Za-z_][A-Za-z0-9_]{0,99}", "a Prometheus label")]
_TRUSTED_ROOT = "application/vnd.dev.sigstore.trustedroot"
TransitionName = Annotated[str, Text(r"to_[a-z0-9][a-z0-9._-]{0,99}", "a transition like to_production")]


@frozen
class ArtifactFormats(Frozen):
    """The artifact formats that may be promoted: a release in any other, or that names none, may not."""

    allowed: tuple[Line, ...]


@frozen
class PolicyEnvironment(Frozen):
    """One environment; a release must have been promoted to ``after`` before it may come here.

    ``artifact_formats`` holds here instead of the policy's own.
    """

    name: Environment
    after: Environment | None = None
    artifact_formats: ArtifactFormats | None = None


class Edge(Text):
    """A moment in UTC; or a point of each day, week, month or year, such as ``friday 16:00``."""

    _point = r"(?:[a-z0-9-]{1,9} ){0,2}(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)"

    def __init__(self) -> None:
        super().__init__(f"{Time.pattern}|{self._point}", "a UTC time, or a point like friday 16:00", 40)

    def convert(self, value: Value) -> str:
        text = super().convert(value)
        return text if re.fullmatch(self._point, text) else Time().convert(value)


class TrustedRootText(Text):
    """The text of a ``trusted_root.json`` of Sigstore's; what is in it is read where it is used."""

    def __init__(self) -> None:
        super().__init__(means="the text of a trusted_root.json", max_length=65536)

    def convert(self, value: Value) -> str:
        text = super().convert(value)
        from gitregistry.records.strict_json import read_json  # noqa: PLC0415 - few policies have one

        try:
            document = read_json(text.encode(), "trusted_root.json")
        except BadInput as fault:
            raise ShapeFault(f"the text of a trusted_root.json {fault.message}") from None
        kind = document.get("mediaType") if isinstance(document, dict) else None
        if not isinstance(kind, str) or not kind.startswith(_TRUSTED_ROOT):
            raise ShapeFault(f"expected the text of a trusted_root.json, of the type {_TRUSTED_ROOT}+json")
        return text


Pem = Annotated[
    str,
    Text(
        r"-----BEGIN (PUBLIC KEY|CERTIFICATE)-----\n([A-Za-z0-9+/=]+\n)+-----END \1-----\n?",
        "a public key or a certificate in PEM",
    ),
]
Identity = Annotated[
    str,
    Text(r"[^\s*]{1,1000}", "an identity as it stands in the certificate, whole and without patterns"),
]
Issuer = Annotated[str, Text(r"https?://[^\s*]{1,1000}", "an issuer's address, whole and without patterns")]
TrustedRoot = Annotated[str, TrustedRootText()]
WindowEdge = Annotated[str, Edge()]
TimeZone = Annotated[str, Text(r"[A-Za-z0-9_+/-]{1,64}", "a time zone like Europe/Berlin")]


@frozen
class FreezeWindow(Frozen):
    """From one moment until another, nothing is promoted where it holds. Rollbacks go on.

    In the file the moments are ``from`` and ``until``; at ``until`` it is over. With ``every`` they are
    points that recur, on the clocks of ``time_zone``.
    """

    name: Environment
    every: Literal["day", "week", "month", "year"] | None = None
    from_: WindowEdge
    until: WindowEdge
    time_zone: TimeZone | None = None
    environments: tuple[Glob, ...] = ("*",)
    models: tuple[Glob, ...] = ("*",)
    reason: Line | None = None


@frozen
class AbortCondition(Frozen):
    """The release goes back when the check fails in ``breached_rounds`` looks in a row.

    So it does when ``no_data_rounds`` looks in a row find nothing: silence is no pass.
    """

    fails: CheckName
    breached_rounds: Count = 1
    no_data_rounds: Count = 3


@frozen
class Transition(Frozen):
    """What must hold before a release may be promoted; every name is defined under ``checks``.

    ``min_time_in`` says how long it must have been in an environment before, without a break.
    ``image_digest: required`` asks that the manifest names its ``runtime.base_image`` by a digest.
    ``automatic`` lets ``registry advance`` promote by itself what meets it all; it asks nothing less.
    ``abort_when`` is what ``registry guard`` watches once it is there, for ``guard_for``.
    """

    requires: tuple[CheckName, ...]
    min_time_in: Mapping[Environment, Duration] = field(default_factory=lambda: MappingProxyType({}))
    image_digest: Literal["required"] | None = None
    automatic: Boolean = False
    abort_when: tuple[AbortCondition, ...] = ()
    guard_for: Duration | None = None


@frozen
class PrometheusQuery(Frozen):
    """Where a measurement comes from: this query and no other.

    In ``query``, ``{model}``, ``{version}``, ``{environment}`` and ``{window}`` stand for those of the check.
    With ``slice_label`` each series is the value of one slice, such as ``age_band=18-25``.
    """

    query: Query
    window: Duration | None = None
    slice_label: Label | None = None


@frozen
class SigningIdentity(Frozen):
    """Who may sign a model without a key of their own: ``identity``, as ``issuer`` vouched for it.

    Both are compared with the certificate as they stand; the identity is an address of mail or of a workflow.
    """

    identity: Identity
    issuer: Issuer


@frozen
class Check(Frozen):
    """What meets a requirement of this name.

    ``evidence``: standing evidence filed under the name that passed. ``measurement``: the same, and the
    named measurement lies within ``min`` and ``max`` (inclusive) in every slice given, and as near as
    ``max_drop`` and ``max_increase`` say to that of the release now live in ``baseline``. ``approval``:
    ``count`` distinct persons hold ``role`` and approve; each counts for one check of a transition.
    ``expression``: the evidence for the checks ``over`` counts, and the CEL expression is true of it.
    ``run`` is the command that ``registry check`` makes the evidence with, each argument as it is passed; it
    is stopped after ``timeout``, else after 10m. For the built-in check ``artifact_signature_verified``, one
    of ``model_signing_keys`` or ``model_signing_identities`` has to have signed the OpenSSF bundle in the
    artifact; ``model_signing_root`` replaces Sigstore's public instance, through which identities sign.
    """

    type: Literal["evidence", "measurement", "approval", "expression"]
    description: Line | None = None
    by: tuple[RoleName, ...] = ("attester",)
    environment: Environment | None = None
    max_age: Duration | None = None
    measurement: Line | None = None
    min: Measure | None = None
    max: Measure | None = None
    unit: Line | None = None
    every_slice_of: Dimension | None = None
    slices: tuple[SliceName, ...] = ()
    baseline: Environment | None = None
    max_drop: ToleranceWords | None = None
    max_increase: ToleranceWords | None = None
    over: tuple[CheckName, ...] = ()
    expression: Prose | None = None
    run: tuple[Line, ...] | None = None
    timeout: Duration | None = None
    model_signing_keys: tuple[Pem, ...] = ()
    model_signing_identities: tuple[SigningIdentity, ...] = ()
    model_signing_root: TrustedRoot | None = None
    role: RoleName | None = None
    count: Count = 1
    prometheus: PrometheusQuery | None = None


@frozen
class Profile(Frozen):
    """Transitions of their own for some models: for names or patterns, or for risk tiers; never for both.

    Each takes the place of the policy's own transition as a whole; the most specific that matches wins.
    """

    name: Environment
    models: tuple[Glob, ...] = ()
    risk_tiers: tuple[Line, ...] = ()
    promotion_policy: Mapping[TransitionName, Transition]


@frozen
class EmergencyRules(Frozen):
    """Who may authorise a promotion without which requirements, and who reviews it afterwards until when."""

    authorised_by: tuple[RoleName, ...]
    may_skip: tuple[CheckName, ...]
    review_within: Duration
    review_by: tuple[RoleName, ...]
    environments: tuple[Glob, ...] = ("*",)


@frozen
class Policy(Record):
    """The rules of promotion in force. ``separation_of_duties`` names whose approval never counts."""

    kind: Literal["policy"] = "policy"
    version: Count
    previous: Digest | None = None
    environments: tuple[PolicyEnvironment, ...]
    artifact_formats: ArtifactFormats | None = None
    freeze_windows: tuple[FreezeWindow, ...] = ()
    lifecycle: tuple[Line, ...]
    promotion_policy: Mapping[TransitionName, Transition]
    profiles: tuple[Profile, ...] = ()
    checks: Mapping[CheckName, Check]
    separation_of_duties: tuple[Literal["release_author", "evidence_signer", "promoter"], ...] = (
        "release_author",
        "evidence_signer",
        "promoter",
    )
    emergency: EmergencyRules | None = None
