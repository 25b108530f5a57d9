"""An entry with ledger lines stays, which triggers hold in place of a key that each new line was checked by.

See decision 25. A line's writer counts it in its entry, under the entry's lock; the count never falls.
"""

from django.db import migrations

# Raised as by a foreign key; purchases use the first one too.
FUNCTIONS = """
    CREATE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % stay and keep their id: % refers to them', TG_TABLE_NAME, TG_ARGV[0]
            USING ERRCODE = 'foreign_key_violation';
    END $$;
    CREATE FUNCTION refuse_fewer_lines() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'ledger lines stay: entry % has % of them', OLD.id, OLD.line_count
            USING ERRCODE = 'foreign_key_violation';
    END $$
"""
NO_FUNCTIONS = "DROP FUNCTION refuse_fewer_lines(); DROP FUNCTION refuse_removal()"
# Those of an update come after it: one before it would lock each row that is updated once more.
TRIGGERS = """
    CREATE TRIGGER contests_entry_stays BEFORE DELETE ON contests_entry
    FOR EACH ROW WHEN (OLD.line_count > 0) EXECUTE FUNCTION refuse_removal('contests_pointtransaction');
    CREATE TRIGGER contests_entry_keeps_its_id AFTER UPDATE OF id, contest_id ON contests_entry
    FOR EACH ROW WHEN (OLD.line_count > 0 AND (OLD.contest_id, OLD.id) IS DISTINCT FROM (NEW.contest_id, NEW.id))
    EXECUTE FUNCTION refuse_removal('contests_pointtransaction');
    CREATE TRIGGER contests_entry_counts_on AFTER UPDATE OF line_count ON contests_entry
    FOR EACH ROW WHEN (NEW.line_count < OLD.line_count) EXECUTE FUNCTION refuse_fewer_lines()
"""
NO_TRIGGERS = """
    DROP TRIGGER contests_entry_counts_on ON contests_entry;
    DROP TRIGGER contests_entry_keeps_its_id ON contests_entry;
    DROP TRIGGER contests_entry_stays ON contests_entry
"""
KEY = "contests_pointtransaction_entry_id_same_contest"
ADD_KEY = (
    f"ALTER TABLE contests_pointtransaction ADD CONSTRAINT {KEY} "
    "FOREIGN KEY (contest_id, entry_id) REFERENCES contests_entry (contest_id, id)"
)


class Migration(migrations.Migration):
    dependencies = [("contests", "0008_last_earned_number")]

    operations = [
        # A recording locks entries first. Once this has the table none is under way, which would hold one table of
        # these while it waits for the other.
        migrations.RunSQL("LOCK TABLE contests_entry, contests_pointtransaction", migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTIONS, NO_FUNCTIONS),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.RunSQL(f"ALTER TABLE contests_pointtransaction DROP CONSTRAINT {KEY}", ADD_KEY),
    ]
