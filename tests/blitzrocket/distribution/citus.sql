-- Stands for Citus on plain PostgreSQL: moves nothing, but refuses what Citus refuses of keys and triggers, and starts
-- sequences anew.
CREATE SCHEMA citus;
SET LOCAL search_path TO public, citus;
CREATE TABLE citus.pg_dist_partition (logicalrelid regclass, partkey text, colocationid int, repmodel "char");
CREATE TABLE citus.pg_dist_node AS SELECT 0 AS groupid;

CREATE FUNCTION citus.column_to_column_name(regclass, text) RETURNS text LANGUAGE sql AS 'SELECT $2';
-- Citus empties the table, and so calls its triggers.
CREATE FUNCTION citus.truncate_local_data_after_distributing_table(moved regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = moved AND tgtype & 32 > 0 AND NOT tgisinternal) THEN
        RAISE 'rows of % stay', moved;
    END IF;
END
$$;

CREATE FUNCTION citus.refuse_triggers(moved regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('citus.enable_unsafe_triggers', true), '') <> 'on'
        AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = moved AND NOT tgisinternal)
    THEN
        RAISE 'cannot move %, which has a trigger', moved;
    END IF;
END
$$;

CREATE FUNCTION citus.refuse_foreign_keys(moved regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE key name;
BEGIN
    SELECT conname INTO key FROM pg_constraint WHERE contype = 'f' AND moved IN (conrelid, confrelid);
    IF key IS NOT NULL THEN
        RAISE 'cannot move %, which has the foreign key %', moved, key;
    END IF;
END
$$;

CREATE FUNCTION citus.begin_numbers_anew(moved regclass) RETURNS void LANGUAGE sql AS $$
    SELECT setval(pg_get_serial_sequence(moved::text, attname), 1, false)
    FROM pg_attribute WHERE attrelid = moved AND attidentity <> ''
$$;

CREATE FUNCTION citus.create_distributed_table(
    moved regclass, distribution_column text, colocate_with text, shard_count int DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE problem text;
BEGIN
    PERFORM citus.refuse_foreign_keys(moved);
    PERFORM citus.refuse_triggers(moved);
    SELECT 'unique index ' || indexrelid::regclass INTO problem
    FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attname = distribution_column
    WHERE indrelid = moved AND indisunique AND NOT attnum = ANY (indkey);
    IF problem IS NOT NULL THEN
        RAISE 'cannot distribute %: % has no %', moved, problem, distribution_column;
    END IF;
    IF colocate_with <> 'none' AND colocate_with::regclass NOT IN (SELECT logicalrelid FROM citus.pg_dist_partition) THEN
        RAISE 'cannot distribute % beside %', moved, colocate_with;
    END IF;
    INSERT INTO citus.pg_dist_partition VALUES (moved, distribution_column, 1, 's');
END
$$;

CREATE FUNCTION citus.create_reference_table(moved regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM citus.refuse_foreign_keys(moved);
    PERFORM citus.refuse_triggers(moved);
    PERFORM citus.begin_numbers_anew(moved);
    INSERT INTO citus.pg_dist_partition VALUES (moved, NULL, 2, 't');
END
$$;

CREATE FUNCTION citus.citus_add_local_table_to_metadata(
    moved regclass, cascade_via_foreign_keys boolean
) RETURNS void LANGUAGE sql AS $$
    SELECT citus.begin_numbers_anew(moved);
    INSERT INTO citus.pg_dist_partition
    SELECT moved, NULL, 0, 's' WHERE moved NOT IN (SELECT logicalrelid FROM citus.pg_dist_partition)
$$;
