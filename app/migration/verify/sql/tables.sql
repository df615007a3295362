-- Every table with its columns, key and leaves; see app/migration/verify/catalogue.py.
WITH RECURSIVE domain AS (
    -- Domains may stand on domains; what counts is the type at the bottom.
    SELECT oid AS type, oid AS base, NULL::int4 AS typmod FROM pg_type WHERE typtype <> 'd'
    UNION ALL
    SELECT t.oid, d.base, coalesce(nullif(t.typtypmod, -1), d.typmod)
    FROM pg_type t JOIN domain d ON t.typtype = 'd' AND t.typbasetype = d.type
), business AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relreplident, c.reltuples
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
      AND n.nspname <> ALL (%(not_business)s)
      AND (%(schemas)s::text[] IS NULL OR n.nspname = ANY (%(schemas)s))
), leaf AS (
    SELECT b.oid AS parent, c.oid, n.nspname, c.relname, c.relkind, c.reltuples
    FROM business b
    CROSS JOIN LATERAL (
        SELECT b.oid AS relid WHERE b.relkind = 'r'
        UNION ALL
        SELECT p.relid FROM pg_partition_tree(b.oid) p WHERE b.relkind = 'p' AND p.isleaf
    ) AS tree
    JOIN pg_class c ON c.oid = tree.relid AND c.relkind IN ('r', 'f')
    JOIN pg_namespace n ON n.oid = c.relnamespace
)
SELECT
    b.nspname AS schema,
    b.relname AS name,
    (SELECT coalesce(json_agg(json_build_object(
            'name', a.attname,
            'typed', format_type(a.atttypid, a.atttypmod),
            'base', CASE WHEN t.typnamespace = 'pg_catalog'::regnamespace
                          AND t.typtype = 'b' AND t.typcategory <> 'A'
                         THEN t.typname ELSE '' END,
            'scaled', coalesce(nullif(a.atttypmod, -1), d.typmod) IS NOT NULL,
            'not_null', a.attnotnull,
            'generated', a.attgenerated <> '') ORDER BY a.attnum), '[]')
     FROM pg_attribute a JOIN domain d ON d.type = a.atttypid JOIN pg_type t ON t.oid = d.base
     WHERE a.attrelid = b.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
    -- Rows are told apart by the primary key, else by a unique index without NULLs that replication
    -- uses for it too.
    (SELECT coalesce(json_agg(a.attname ORDER BY k.position), '[]')
     FROM (SELECT i.indexrelid, i.indkey, i.indnkeyatts FROM pg_index i
           WHERE i.indrelid = b.oid AND i.indisvalid
             AND (i.indisprimary OR i.indisreplident AND b.relreplident = 'i')
           ORDER BY i.indisprimary DESC LIMIT 1) AS i
     CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, position)
     JOIN pg_attribute a ON a.attrelid = b.oid AND a.attnum = k.attnum
     WHERE k.position <= i.indnkeyatts) AS key,
    (SELECT coalesce(json_agg(json_build_object(
            'oid', l.oid::int8, 'schema_name', l.nspname, 'name', l.relname,
            'filenode', pg_relation_filenode(l.oid)::int8,
            'pages', pg_relation_size(l.oid) / current_setting('block_size')::int8)
            ORDER BY l.nspname, l.relname), '[]')
     FROM leaf l WHERE l.parent = b.oid AND l.relkind = 'r') AS leaves,
    (SELECT CASE WHEN min(l.reltuples) < 0 THEN -1 ELSE coalesce(sum(l.reltuples), 0) END::float8
     FROM leaf l WHERE l.parent = b.oid) AS rows,
    (SELECT count(*) FROM leaf l WHERE l.parent = b.oid AND l.relkind = 'f') AS foreign_leaves
FROM business b
ORDER BY 1, 2
