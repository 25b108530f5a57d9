"""Purchases, rules and API keys stay, which triggers hold in place of keys that each new order was checked by.

See decision 25. Rules are never changed or deleted already.
"""

import django.db.models.deletion
from django.db import migrations, models

# Every table that lines and purchases refer to can be emptied only together with purchases, by the keys that are left.
FUNCTION = """
    CREATE FUNCTION refuse_emptying() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM contests_pointtransaction) THEN
            RAISE EXCEPTION 'rows of % stay: contests_pointtransaction refers to them', TG_TABLE_NAME
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        RETURN NULL;
    END $$
"""
# `refuse_removal` is that of the migration of contests.
TRIGGERS = """
    CREATE TRIGGER purchases_purchase_stays BEFORE DELETE ON purchases_purchase
    FOR EACH ROW EXECUTE FUNCTION refuse_removal('contests_pointtransaction');
    CREATE TRIGGER purchases_purchase_keeps_its_id AFTER UPDATE OF id, contest_id ON purchases_purchase
    FOR EACH ROW WHEN ((OLD.contest_id, OLD.id) IS DISTINCT FROM (NEW.contest_id, NEW.id))
    EXECUTE FUNCTION refuse_removal('contests_pointtransaction');
    CREATE TRIGGER purchases_purchase_is_not_emptied AFTER TRUNCATE ON purchases_purchase
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying();
    CREATE TRIGGER apikeys_apikey_stays BEFORE DELETE ON apikeys_apikey
    FOR EACH ROW EXECUTE FUNCTION refuse_removal('purchases_purchase');
    CREATE TRIGGER apikeys_apikey_keeps_its_id AFTER UPDATE OF id ON apikeys_apikey
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION refuse_removal('purchases_purchase')
"""
NO_TRIGGERS = """
    DROP TRIGGER apikeys_apikey_keeps_its_id ON apikeys_apikey;
    DROP TRIGGER apikeys_apikey_stays ON apikeys_apikey;
    DROP TRIGGER IF EXISTS purchases_purchase_is_not_emptied ON purchases_purchase;
    DROP TRIGGER purchases_purchase_keeps_its_id ON purchases_purchase;
    DROP TRIGGER purchases_purchase_stays ON purchases_purchase
"""
# Table, column, table that it referred to.
KEYS = (
    ("purchases_purchase", "rule_set_id", "contests_ruleset"),
    ("contests_pointtransaction", "purchase_id", "purchases_purchase"),
)


class Migration(migrations.Migration):
    dependencies = [
        ("purchases", "0007_erasing_reasons"),
        ("contests", "0009_entries_keep_their_lines"),
        ("apikeys", "0003_store_keys"),
    ]

    operations = [
        # As in the migration of contests.
        migrations.RunSQL(
            "LOCK TABLE contests_entry, purchases_purchase, contests_pointtransaction, contests_ruleset, apikeys_apikey",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION refuse_emptying()"),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_contest",
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_contest "
                f"FOREIGN KEY (contest_id, {column}) REFERENCES {other} (contest_id, id)",
            )
            for table, column, other in KEYS
        ),
        migrations.AlterField(
            model_name="purchase",
            name="api_key",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="apikeys.apikey",
                verbose_name="recorded with",
            ),
        ),
    ]
