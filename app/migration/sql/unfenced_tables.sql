-- Tables of the business schema on which the fence trigger is missing, switched off or not ours.
CREATE OR REPLACE VIEW payshift.unfenced_tables AS
SELECT c.oid::regclass AS relation
FROM pg_catalog.pg_class c
WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'payments')
  AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_trigger t
      WHERE t.tgrelid = c.oid
        AND t.tgname = 'payshift_fence'
        AND t.tgenabled = 'O'
        -- BEFORE (2), INSERT (4), DELETE (8), UPDATE (16), TRUNCATE (32), for each statement (no 1)
        AND t.tgtype = 62
        AND t.tgfoid = 'payshift.refuse_unless_writer()'::regprocedure);

-- Tables that do not refuse an echo yet; they get that after the initial copy, whose millions of
-- rows need no asking.
CREATE OR REPLACE VIEW payshift.unguarded_tables AS
SELECT c.oid::regclass AS relation
FROM pg_catalog.pg_class c
WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'payments')
  AND c.relkind = 'r'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_trigger t
      WHERE t.tgrelid = c.oid
        AND t.tgname = 'payshift_guard'
        AND t.tgenabled = 'R'
        AND t.tgfoid = 'payshift.refuse_echo()'::regprocedure);
