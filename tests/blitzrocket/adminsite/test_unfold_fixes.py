"""The templates of Unfold that we replace: each says which one it was made from, and why."""

import hashlib
import re
from pathlib import Path

import pytest
import unfold

from tests.support import ROOT

FIXES = ROOT / "blitzrocket" / "adminsite" / "unfold_fixes"
UNFOLD = Path(unfold.__file__).parent / "templates"
FIRST_LINE = re.compile(r"\{# Unfold (?P<version>[\d.]+), (?P<digest>[0-9a-f]{12}): (?P<fault>[^#]{10,}) #\}\n")
NAMES = sorted(path.relative_to(FIXES).as_posix() for path in FIXES.rglob("*.html"))


def test_there_are_some() -> None:
    assert len(NAMES) > 10


@pytest.mark.parametrize("name", NAMES)
def test_replaces_the_template_that_unfold_has_now(name: str) -> None:
    """Where Unfold changed a template, compare it with ours: take over what is new, or delete ours if it is mended."""
    first_line = FIRST_LINE.match((FIXES / name).read_text())
    assert first_line, f"{name} does not begin with version, digest and fault"
    assert first_line["digest"] == hashlib.sha256((UNFOLD / name).read_bytes()).hexdigest()[:12]


def test_no_template_of_unfold_is_replaced_elsewhere() -> None:
    own = {path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html")}
    templates = {path.relative_to(UNFOLD).as_posix() for path in UNFOLD.rglob("*.html")}
    extended = {"admin/base_site.html", "admin/change_form.html"}  # by templates of the same name
    of_our_own = {"admin/change_list.html"}
    pages_without_the_frame = {
        "admin/login.html",
        "registration/logged_out.html",
    }  # look like the site, not like Unfold
    assert own & templates == extended | of_our_own | pages_without_the_frame
