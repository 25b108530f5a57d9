"""Fields are rendered as Django renders them; only the way there is shorter."""

from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from blitzrocket.adminsite.form_renderer import DJANGOS, OURS, FormRenderer

INCLUDES = (
    ('{% include "django/forms/widgets/attrs.html" %}', "{% attributes widget.attrs %}"),
    ("{% include 'django/forms/attrs.html' %}", "{% attributes attrs %}"),
)
LOOPS = {"django/forms/attrs.html", "django/forms/widgets/attrs.html"}
NAMES = sorted(path.relative_to(OURS).as_posix() for path in OURS.rglob("*.html"))
ATTRIBUTES: dict[str, Any] = {
    "data-text": 'a "quoted" <b> & it\'s',
    "data-safe": mark_safe("&amp;"),
    "data-number": 1234567,
    "data-none": None,
    "data-empty": "",
    "required": True,
    "disabled": False,
    "<odd>": "name",
}


class Example(forms.Form):
    name = forms.CharField(label="Name & <more>", initial="<Ada>", widget=forms.TextInput(ATTRIBUTES))
    note = forms.CharField(required=False, widget=forms.Textarea(ATTRIBUTES))
    size = forms.ChoiceField(choices=[("", "–"), ("a<b", "A & B"), ("Group", [("1", "One")])], initial="1")
    sizes = forms.MultipleChoiceField(choices=[("1", "One"), ("2", "Two")], widget=forms.CheckboxSelectMultiple)
    at = forms.SplitDateTimeField()
    agreed = forms.BooleanField(help_text="Read it.")


@pytest.mark.parametrize("values", [None, {}, {"name": '"><script>', "size": "a<b", "sizes": ["2"], "at_0": "x"}])
def test_a_form_looks_as_django_renders_it(values: dict[str, Any] | None) -> None:
    ours, djangos = (str(Example(values, renderer=renderer)) for renderer in (FormRenderer(), DjangoTemplates()))
    assert ours == djangos
    assert 'data-number="1234567" data-none="None" data-empty="" required' in ours


def test_the_forms_of_this_site_are_rendered_so() -> None:
    assert isinstance(Example().renderer, FormRenderer)


@pytest.mark.parametrize("name", NAMES)
def test_replaces_the_template_that_django_has_now(name: str) -> None:
    djangos, ours = (Path(folder / name).read_text() for folder in (DJANGOS, OURS))
    ours = ours.removeprefix("{% load attributes %}")
    if name in LOOPS:
        assert djangos.startswith("{% for name, value in ")
        assert "value is not False" in djangos
        assert ours.startswith("{% attributes ")
        return
    for include, tag in INCLUDES:
        djangos = djangos.replace(include, tag)
    assert ours == djangos
