-- What schemas are made of, as (kind, name, definition): the objects of %(kinds)s in %(schemas)s,
-- in all but the system's and the engine's when that is NULL, and of the tables %(further)s.
WITH namespace AS (
    SELECT oid, nspname, nspacl, nspowner FROM pg_namespace
    WHERE CASE WHEN %(schemas)s::text[] IS NULL
               THEN nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'payshift')
               ELSE nspname = ANY (%(schemas)s) END
), relation AS (
    SELECT c.oid, c.relkind, c.relreplident, c.relpersistence, c.relacl, c.relowner,
           format('%%I.%%I', n.nspname, c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.oid IN (SELECT oid FROM namespace) OR c.oid = ANY (%(further)s::oid[])
), own_type AS (
    SELECT t.oid, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, t.typdefault,
           format('%%I.%%I', n.nspname, t.typname) AS name
    FROM pg_type t JOIN namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd')
)
SELECT kind, name, definition FROM (
SELECT 'table', name, concat_ws(', ',
       CASE relkind WHEN 'p' THEN 'partitioned ' || pg_get_partkeydef(oid) ELSE 'plain' END,
       'persistence ' || relpersistence, 'replica identity ' || relreplident)
FROM relation WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'view', name, pg_get_viewdef(oid) FROM relation WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'column', r.name || '.' || quote_ident(a.attname), concat_ws(' ',
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> t.typcollation
            THEN 'COLLATE ' || a.attcollation::regcollation END,
       CASE WHEN a.attnotnull THEN 'NOT NULL' END,
       CASE a.attgenerated WHEN 's' THEN 'GENERATED' WHEN '' THEN NULL ELSE a.attgenerated END,
       CASE a.attidentity WHEN 'a' THEN 'IDENTITY ALWAYS' WHEN 'd' THEN 'IDENTITY BY DEFAULT' END,
       'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid))
FROM relation r
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'p')
UNION ALL
SELECT 'type', name, CASE typtype
       WHEN 'e' THEN 'ENUM ' || (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
                                 FROM pg_enum WHERE enumtypid = own_type.oid)
       ELSE concat_ws(' ', 'DOMAIN', format_type(typbasetype, typtypmod),
                      CASE WHEN typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || typdefault,
                      (SELECT string_agg(pg_get_constraintdef(oid), ' ' ORDER BY conname)
                       FROM pg_constraint WHERE contypid = own_type.oid)) END
FROM own_type
UNION ALL
SELECT 'index', i.indexrelid::regclass::text,
       pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid THEN '' ELSE ' (not valid)' END
FROM relation r JOIN pg_index i ON i.indrelid = r.oid
UNION ALL
SELECT 'constraint', r.name || '.' || quote_ident(c.conname), pg_get_constraintdef(c.oid)
FROM relation r
-- PostgreSQL 18 lists NOT NULL here too; the column says it.
JOIN pg_constraint c ON c.conrelid = r.oid AND c.contype <> 'n'
UNION ALL
SELECT 'trigger', r.name || '.' || quote_ident(t.tgname),
       pg_get_triggerdef(t.oid) || ', enabled ' || t.tgenabled
FROM relation r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal
UNION ALL
SELECT 'sequence', r.name, concat_ws(' ', format_type(s.seqtypid, NULL), 'start', s.seqstart,
       'by', s.seqincrement, 'from', s.seqmin, 'to', s.seqmax, 'cache', s.seqcache,
       CASE WHEN s.seqcycle THEN 'cycle' END)
FROM relation r JOIN pg_sequence s ON s.seqrelid = r.oid
UNION ALL
SELECT 'grant', r.name || ' to ' || coalesce(g.rolname, 'PUBLIC'),
       string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ', '
                  ORDER BY a.privilege_type)
FROM relation r
CROSS JOIN LATERAL aclexplode(coalesce(r.relacl,
    acldefault(CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", r.relowner))) AS a
LEFT JOIN pg_roles g ON g.oid = a.grantee
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'S')
GROUP BY r.name, g.rolname
UNION ALL
SELECT 'grant', format('schema %%I to ', n.nspname) || coalesce(g.rolname, 'PUBLIC'),
       string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
FROM namespace n CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
LEFT JOIN pg_roles g ON g.oid = a.grantee
GROUP BY n.nspname, g.rolname
UNION ALL
SELECT 'extension', extname, extversion FROM pg_extension
) AS object (kind, name, definition)
WHERE kind = ANY (%(kinds)s)
ORDER BY 1, 2
