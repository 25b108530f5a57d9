"""How fields of forms are rendered (FORM_RENDERER): by Django's templates, but for those that we replace."""

from pathlib import Path
from typing import Any

from django.forms import renderers
from django.template.backends.django import DjangoTemplates
from django.utils.functional import cached_property

OURS = Path(__file__).parent / "form_templates"
DJANGOS = Path(renderers.__file__).parent / "templates"


class FormRenderer(renderers.DjangoTemplates):
    """A field has ten attributes, and Django's templates decide for each in turn; see `form_templates`."""

    @cached_property
    def engine(self) -> Any:
        return DjangoTemplates({"APP_DIRS": True, "DIRS": [OURS, DJANGOS], "NAME": "forms", "OPTIONS": {}})
