-- What the business schema consists of, as (subject, definition): equal databases give equal rows.
SELECT 'column ' || c.relname || '.' || a.attname,
       format_type(a.atttypid, a.atttypmod)
       || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
       || CASE a.attidentity WHEN 'a' THEN ' identity always' WHEN 'd' THEN ' identity' ELSE '' END
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'payments'::regnamespace AND c.relkind IN ('r', 'p')
UNION ALL
SELECT 'constraint ' || conrelid::regclass || ' ' || conname,
       pg_get_constraintdef(oid) || CASE WHEN convalidated THEN '' ELSE ' not valid' END
FROM pg_catalog.pg_constraint WHERE connamespace = 'payments'::regnamespace
UNION ALL
SELECT 'index ' || indexrelid::regclass,
       pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' (invalid)' END
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'payments'::regnamespace AND c.relkind IN ('r', 'p')
UNION ALL
SELECT 'trigger ' || tgrelid::regclass || ' ' || tgname,
       pg_get_triggerdef(t.oid) || ' enabled ' || tgenabled
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'payments'::regnamespace AND NOT t.tgisinternal
UNION ALL
SELECT 'sequence ' || sequencename,
       format('%s from %s by %s up to %s', data_type, min_value, increment_by, max_value)
FROM pg_catalog.pg_sequences WHERE schemaname = 'payments'
