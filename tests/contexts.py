"""A plugin for pytest: Django's test client keeps the context of the pages, not of each template within them.

It notes every template with a copy of its context: of the 40 that a page of the admin includes, each with what its tags
set. Tests look at what a view gives to its own template.
"""

import django.test.utils
from django.template import Context, Template
from django.test.signals import template_rendered


def pytest_configure() -> None:
    django.test.utils.instrumented_test_render = _render  # type: ignore[attr-defined]


def _render(template: Template, context: Context) -> str:
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)
