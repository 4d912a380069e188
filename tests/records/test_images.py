"""References to images: the grammar of the distribution project, and what is said of anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitregistry.errors import BadInput
from gitregistry.records.images import Image, image_digest, parse_image

HEX = "0123456789abcdef" * 4
SHA = f"sha256:{HEX}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("busybox", Image("busybox", None, None)),
        ("busybox:1.36", Image("busybox", "1.36", None)),
        ("localhost:5000/a", Image("localhost:5000/a", None, None)),
        ("localhost:5000/a:v1", Image("localhost:5000/a", "v1", None)),
        ("[2001:db8::1]:5000/a/b:v1", Image("[2001:db8::1]:5000/a/b", "v1", None)),
        ("ghcr.io/o-x/a__b/c.d-e---f", Image("ghcr.io/o-x/a__b/c.d-e---f", None, None)),
        (f"ghcr.io/team/serving:2026-04-21@{SHA}", Image("ghcr.io/team/serving", "2026-04-21", SHA)),
        (f"a@sha512:{HEX}{HEX}", Image("a", None, f"sha512:{HEX}{HEX}")),
        ("EXAMPLE.com/a", Image("EXAMPLE.com/a", None, None)),
        ("a:" + "t" * 128, Image("a", "t" * 128, None)),
    ],
)
def test_references_are_read(text: str, found: Image) -> None:
    assert parse_image(text) == found
    assert image_digest(text) == found.digest


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "its name must have 1 to 255"),
        ("a" * 256, "its name must have 1 to 255"),
        ("docker://a", "with a scheme"),
        ("Team/Serving", "no name in lower case"),
        ("a b", "is no name"),
        ("a//b", "is no name"),
        ("-a/b:1", "is no name"),
        ("a___b", "is no name"),
        ("a:", "is no tag"),
        ("a:" + "t" * 129, "is no tag"),
        ("a:.x", "is no tag"),
        ("a@", "is no digest"),
        (f"a@sha256:{HEX[1:]}", "is no digest"),
        (f"a@sha256:{HEX.upper()}", "is no digest"),
        (f"a@md5:{HEX[:32]}", "is no digest"),
        (f"a@{SHA}\n", "is no digest"),
        (f"@{SHA}", "its name must have"),
    ],
)
def test_what_is_no_reference_is_said_to_be_none(text: str, said: str) -> None:
    with pytest.raises(BadInput, match="names no image") as refused:
        parse_image(text)
    assert said in refused.value.message
    assert image_digest(text) is None


@given(st.text(alphabet="aA0.:/@-_[]sh256 \n", max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = parse_image(text)
    except BadInput:
        return
    tag = f":{found.tag}" if found.tag is not None else ""
    digest = f"@{found.digest}" if found.digest is not None else ""
    assert f"{found.name}{tag}{digest}" == text
