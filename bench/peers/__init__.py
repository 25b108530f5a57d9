"""Small services that record purchases as ours does, on lean tables of their own (``tables.sql``)."""
