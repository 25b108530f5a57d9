"""The user that an argument of a command names."""

from django.core.management.base import CommandError

from blitzrocket.accounts.models import User


def user_named(username: str) -> User:
    """The user with this name.

    Raises:
        CommandError: there is none.
    """
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"No user has the name “{username}”.")
    return user
