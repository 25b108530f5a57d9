"""Prints every text of the screens with its place, or each once with ``--texts``, to read them against the rules."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from blitzrocket.devserver.sentences import all_sentences


class Command(BaseCommand):
    help = "Print every text of the screens: templates, labels, help texts, messages."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--texts", action="store_true", help="each text once, without its place")

    def handle(self, *args: Any, **options: Any) -> None:
        sentences = all_sentences()
        for line in sorted({each.text for each in sentences}) if options["texts"] else sentences:
            self.stdout.write(str(line))
