"""The ``--team`` argument of commands."""

from argparse import ArgumentParser

from django.core.management.base import CommandError
from django.db.models import Q

from blitzrocket.accounts.models import Team


def add_team_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--team", required=True, help="ID or name of the team.")


def team_named(text: str) -> Team:
    """The team with this id or name.

    Raises:
        CommandError: there is none.
    """
    team = Team.objects.filter(Q(pk=text) | Q(name=text)).first()
    if team is None:
        raise CommandError(f"No team has the id or name “{text}”. Create it: manage.py create_team NAME")
    return team
