import django.contrib.postgres.operations
import django.core.validators
from django.db import migrations, models

# As `pointtransaction_is_consistent` of the first migration, and lines for referrals, which have no purchase either.
IS_CONSISTENT = """
    CREATE FUNCTION pointtransaction_is_consistent_2(
        number integer, kind text, points bigint, purchase_id text, undoes_id text
    ) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    BEGIN
        RETURN number >= 0
            AND points <> 0
            AND (kind IN ('adjusted', 'bonus', 'referral')) = (purchase_id IS NULL)
            AND CASE
                WHEN kind IN ('earned', 'moved_in', 'bonus', 'referral') THEN (points > 0) = (undoes_id IS NULL)
                WHEN kind IN ('refunded', 'voided', 'moved_out') THEN (points < 0) = (undoes_id IS NULL)
                ELSE kind IN ('recalculated', 'adjusted')
            END;
    END
    $$
"""


def points(name: str, help_text: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(
        db_default=0,
        default=0,
        help_text=help_text,
        validators=[django.core.validators.MaxValueValidator(1000000)],
        verbose_name=name,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0003_contest_time_zone"),
    ]

    operations = [
        migrations.AddField(
            model_name="contest",
            name="advocate_points",
            field=points("advocate points", "To the entry whose code was used. 0 for none."),
        ),
        migrations.AddField(
            model_name="contest",
            name="friend_points",
            field=points("friend points", "To the new entry. 0 for none."),
        ),
        migrations.AlterField(
            model_name="pointtransaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("earned", "Earned"),
                    ("refunded", "Refunded"),
                    ("voided", "Voided"),
                    ("moved_out", "Moved out"),
                    ("moved_in", "Moved in"),
                    ("recalculated", "Recalculated"),
                    ("adjusted", "Adjusted"),
                    ("bonus", "Bonus"),
                    ("referral", "Referral"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
        migrations.RunSQL(
            IS_CONSISTENT,
            "DROP FUNCTION pointtransaction_is_consistent_2(integer, text, bigint, text, text)",
        ),
        # The rows that exist are checked in the next migration, without a lock that stops recording.
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name="pointtransaction",
            constraint=models.CheckConstraint(
                condition=models.Func(
                    "number",
                    "kind",
                    "points",
                    "purchase_id",
                    "undoes",
                    function="pointtransaction_is_consistent_2",
                    output_field=models.BooleanField(),
                ),
                name="pointtransaction_is_consistent_2",
            ),
        ),
    ]
