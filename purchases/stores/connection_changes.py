"""What owners do to a connection: each action locks its row, and is recorded in the activity log."""

from collections.abc import Mapping

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction

from apikeys.models import ApiKey
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from contests.models import Contest
from purchases.models.past_orders import PurchaseImport
from purchases.models.stores import StoreConnection, StoreDelivery
from purchases.stores.connections import create_connection, replace_secret

Action = AuditEvent.Action


class HasDeliveries(Exception):
    """Something was delivered or brought in by the connection, so that it can only be paused."""


def connect_store(
    contest: Contest, *, kind: str, name: str, options: Mapping[str, str], secret: str, audit: AuditContext
) -> StoreConnection:
    """Connect a contest to a store; the secret is empty where the store shows it only later.

    Raises:
        RequestIdReused: the form was sent before; `AuditContext.find_object` finds what it made.
    """
    with transaction.atomic():
        connection = create_connection(
            contest, kind=kind, name=name, secret=secret, options=dict(options), user=audit.user
        )
        audit.record(Action.ADDED, connection, contest=contest, after={"kind": kind, "name": name, **options})
    return connection


def change_connection(
    connection: StoreConnection, *, name: str, options: Mapping[str, str], audit: AuditContext
) -> bool:
    """Change name and options; False where they were so before."""
    with transaction.atomic():
        row = connection.locked()
        before, after = ({"name": row.name, **row.options}, {"name": name, **options})
        names = {key for key in before | after if before.get(key) != after.get(key)}
        if not names:
            return False
        row.name, row.options = name, dict(options)
        row.save(update_fields=["name", "options"])
        ApiKey.objects.filter(pk=row.api_key_id).update(name=name)
        before, after = ({key: side[key] for key in sorted(names) if key in side} for side in (before, after))
        audit.record(Action.CHANGED, row, contest=row.contest, before=before, after=after)
    return True


def pause(connection: StoreConnection, *, audit: AuditContext) -> bool:
    """Answer deliveries like those to an unknown URL; False where it was paused before."""
    with transaction.atomic():
        row = connection.locked()
        if not row.is_active:
            return False
        row.is_active = False
        row.save(update_fields=["is_active"])
        audit.record(Action.PAUSED, row, contest=row.contest)
    return True


def resume(connection: StoreConnection, *, audit: AuditContext) -> bool:
    """Receive deliveries again; False where it was active. The pause is no silence of the store."""
    with transaction.atomic():
        row = connection.locked()
        if row.is_active:
            return False
        row.is_active, row.active_since, row.problem, row.problem_at = True, audit.at, "", None
        row.save(update_fields=["is_active", "active_since", "problem", "problem_at"])
        audit.record(Action.RESUMED, row, contest=row.contest)
    return True


def change_secret(connection: StoreConnection, secret: str, *, audit: AuditContext) -> None:
    """Replace the secret, or set the first one; the old one stays valid for a day.

    Raises:
        RequestIdReused: the form was sent before.
    """
    with transaction.atomic():
        row = connection.locked()
        replace_secret(row, secret, audit.at)
        if row.problem in (StoreConnection.Problem.SECRET, StoreConnection.Problem.SIGNATURE):
            row.problem, row.problem_at = "", None
            row.save(update_fields=["problem", "problem_at"])
        until = row.previous_secret_until
        after = {"old one valid until": until.isoformat()} if until else {}
        audit.record(Action.SECRET_REPLACED, row, contest=row.contest, after=after)


def end_overlap(connection: StoreConnection, *, audit: AuditContext) -> bool:
    """Make the old secret invalid at once; False where it is so already."""
    with transaction.atomic():
        row = connection.locked()
        if not row.has_old_secret_at(audit.at):
            return False
        row.previous_secret, row.previous_secret_until = "", None
        row.save(update_fields=["previous_secret", "previous_secret_until"])
        audit.record(Action.REVOKED, row, contest=row.contest)
    return True


def may_delete(connection: StoreConnection) -> bool:
    """Whether nothing was delivered by it, and no past orders were brought in."""
    if connection.last_delivery_at is not None:
        return False
    return not any(
        model._default_manager.filter(contest=connection.contest_id, connection=connection).exists()
        for model in (StoreDelivery, PurchaseImport)
    )


def delete_connection(connection: StoreConnection, *, audit: AuditContext) -> None:
    """Delete a connection that was never used, and revoke its key.

    Raises:
        HasDeliveries: something was delivered.
    """
    try:
        with transaction.atomic():
            row = connection.locked()
            if not may_delete(row):
                raise HasDeliveries
            audit.record(Action.DELETED, row, contest=row.contest, before={"name": row.name, "kind": row.kind})
            # Django's own deletion would look for what refers to it in all contests; the database does that itself.
            StoreConnection.objects.filter(contest=row.contest_id, pk=row.pk)._raw_delete(DEFAULT_DB_ALIAS)
            row.api_key.revoke()
    except IntegrityError as error:  # Race: a delivery comes, or orders are brought in, while it is deleted.
        raise HasDeliveries from error
