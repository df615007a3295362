-- What replication carries: the tables of the business schema, whatever else is published, and the
-- partitions and children of all of them, in whichever schema they lie.
CREATE OR REPLACE VIEW payshift.replicated_tables AS
WITH RECURSIVE replicated (oid) AS (
    (SELECT c.oid FROM pg_catalog.pg_class c
     WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'payments')
     UNION
     SELECT r.prrelid
     FROM pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
     WHERE p.pubname LIKE 'payshift\_%')
    UNION
    SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN replicated r ON r.oid = i.inhparent
)
SELECT c.oid::regclass AS relation, c.relkind
FROM replicated r JOIN pg_catalog.pg_class c ON c.oid = r.oid
WHERE c.relkind IN ('r', 'p')
  -- The engine's own markers and probes travel on their own terms.
  AND c.relnamespace <> 'payshift'::regnamespace;

-- Those on which a trigger of the fence is missing, switched off or not ours.
CREATE OR REPLACE VIEW payshift.unfenced_tables AS
SELECT c.relation
FROM payshift.replicated_tables c
CROSS JOIN (VALUES
    ('payshift_fence', 'O', 'payshift.refuse_unless_writer()'::regprocedure),
    ('payshift_replica_fence', 'R', 'payshift.refuse_unless_replication()'::regprocedure)
) AS wanted (name, enabled, function)
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_trigger t
    WHERE t.tgrelid = c.relation
      AND t.tgname = wanted.name
      AND t.tgenabled::text = wanted.enabled
      -- BEFORE (2), INSERT (4), DELETE (8), UPDATE (16), TRUNCATE (32), for each statement (no 1)
      AND t.tgtype = 62
      -- A condition or a list of columns would let some statements pass.
      AND t.tgqual IS NULL AND t.tgattr::text = ''
      AND t.tgfoid = wanted.function)
GROUP BY c.relation;

-- Tables that do not refuse an echo yet; they get that after the initial copy, whose millions of
-- rows need no asking.
CREATE OR REPLACE VIEW payshift.unguarded_tables AS
SELECT c.relation
FROM payshift.replicated_tables c
WHERE c.relkind = 'r'
  AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_trigger t
      WHERE t.tgrelid = c.relation
        AND t.tgname = 'payshift_guard'
        AND t.tgenabled = 'R'
        AND t.tgfoid = 'payshift.refuse_echo()'::regprocedure);

GRANT SELECT ON payshift.replicated_tables, payshift.unfenced_tables TO PUBLIC;
