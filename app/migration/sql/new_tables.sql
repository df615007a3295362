-- Fences tables and partitions as they are made, in the transaction that makes them. One from which
-- somebody took the fence off is left alone: that is for people to see, and the preflight refuses it.
CREATE OR REPLACE FUNCTION payshift.fence_new_tables() RETURNS event_trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bare regclass;
BEGIN
    FOR bare IN
        SELECT u.relation FROM payshift.unfenced_tables u
        WHERE NOT EXISTS (
            SELECT FROM pg_catalog.pg_trigger t
            WHERE t.tgrelid = u.relation AND t.tgname = 'payshift_fence')
    LOOP
        PERFORM payshift.fence_table(bare);
        -- Where the others refuse echoes already, the new one does too.
        IF EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgname = 'payshift_guard')
           AND (SELECT relkind = 'r' FROM pg_catalog.pg_class WHERE oid = bare)
        THEN
            PERFORM payshift.guard_table(bare);
        END IF;
    END LOOP;
END $$;

DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = 'payshift_new_tables') THEN
        CREATE EVENT TRIGGER payshift_new_tables ON ddl_command_end
            WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE')
            EXECUTE FUNCTION payshift.fence_new_tables();
    END IF;
    -- Also where session_replication_role is replica: definitions may be made in such a session.
    ALTER EVENT TRIGGER payshift_new_tables ENABLE ALWAYS;
END $$;
