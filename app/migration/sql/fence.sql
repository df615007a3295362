-- The writer fence. Key 1 of the advisory locks is held shared by every writing transaction until
-- it ends, and exclusively by whoever fences.
--
-- A client may have operators and types of its own, and a search_path that finds them first: each
-- function sets the path, or names the schema of all that it uses.
CREATE OR REPLACE FUNCTION payshift.fence_key() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 5787213827046133841';

-- A transaction whose snapshot is older than the fence would still see the old flag. A row lock
-- fails for it (SQLSTATE 40001) if the row has changed since; it needs more rights than clients have.
CREATE OR REPLACE FUNCTION payshift.lock_writer_row() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM payshift.writer FOR SHARE;
END $$;

-- The whole question, as the row answers it. In READ COMMITTED each statement in here sees what was
-- committed while the lock was awaited.
CREATE OR REPLACE FUNCTION payshift.insist_on_writer(the_schema text, the_table text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known payshift.writer;
BEGIN
    IF pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
    THEN
        PERFORM payshift.lock_writer_row();
    END IF;
    SELECT * INTO known FROM payshift.writer;
    IF known.accepting THEN
        RETURN;
    END IF;
    RAISE EXCEPTION 'site % accepts no writes; the writer is %', known.site, known.writer
        USING ERRCODE = 'PS001', SCHEMA = the_schema, TABLE = the_table,
              HINT = 'Ask both databases which one accepts and send the statement there.';
END $$;

-- What every write pays. A lock that is free and a sequence that says 1 are enough to let it pass;
-- both are expressions that PL/pgSQL evaluates without the executor, which is what makes it cheap.
-- To set the search_path would cost as much again.
-- Whoever remembers an older moment is asked in full: what was written meanwhile at the other site
-- is unknown to the checks of SERIALIZABLE.
CREATE OR REPLACE FUNCTION payshift.refuse_unless_writer() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_catalog.pg_try_advisory_xact_lock_shared(5787213827046133841) THEN
        PERFORM pg_catalog.pg_advisory_xact_lock_shared(5787213827046133841);
    END IF;
    -- Not one expression with the lock: this must be read after it.
    IF pg_catalog.pg_sequence_last_value('payshift.accepts'::pg_catalog.regclass)
           OPERATOR(pg_catalog.=) 1
       AND pg_catalog.current_setting('transaction_isolation')
           OPERATOR(pg_catalog.=) 'read committed'
    THEN
        RETURN NULL;
    END IF;
    PERFORM payshift.insist_on_writer(TG_TABLE_SCHEMA, TG_TABLE_NAME);
    RETURN NULL;
END $$;

-- Fires only where session_replication_role is replica: whoever claims to be the replication and is
-- not one of its roles is a client like any other.
CREATE OR REPLACE FUNCTION payshift.refuse_unless_replication() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- By name or as an explicit member (the second user of a login): superusers are not meant.
    IF EXISTS (
        SELECT FROM payshift.replicator r JOIN pg_catalog.pg_roles o ON o.rolname = r.role_name
        WHERE r.role_name = session_user OR EXISTS (
            SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles s ON s.oid = m.member
            WHERE m.roleid = o.oid AND s.rolname = session_user))
    THEN
        RETURN NULL;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(5787213827046133841);
    PERFORM payshift.insist_on_writer(TG_TABLE_SCHEMA, TG_TABLE_NAME);
    RETURN NULL;
END $$;

-- Makes the sequence say what the row says, in a transaction after the one that changed the row. A
-- sequence knows no rollback: so 1 may only ever follow a row that is committed, and 0 may always
-- stand there, because then the row is asked.
CREATE OR REPLACE FUNCTION payshift.settle() RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    settled boolean;
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(payshift.fence_key());
    -- FOR SHARE: the row as it is now, or an error for a snapshot that is older.
    SELECT accepting AND xmin <> pg_catalog.pg_current_xact_id()::xid INTO settled
        FROM payshift.writer FOR SHARE;
    IF pg_catalog.pg_sequence_last_value('payshift.accepts'::regclass) IS DISTINCT FROM settled::integer
    THEN
        PERFORM pg_catalog.setval('payshift.accepts', settled::integer);
    END IF;
    RETURN settled;
END $$;

-- Whoever changes the row, also by hand, ends the short way: 0 is always right.
CREATE OR REPLACE FUNCTION payshift.ask_the_row() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_catalog.setval('payshift.accepts', 0);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER payshift_ask_the_row AFTER INSERT OR UPDATE OR DELETE ON payshift.writer
    FOR EACH STATEMENT EXECUTE FUNCTION payshift.ask_the_row();
ALTER TABLE payshift.writer ENABLE ALWAYS TRIGGER payshift_ask_the_row;

-- The inside of the fence; to be called with the lock held. An epoch of -1 changes nothing.
CREATE OR REPLACE FUNCTION payshift.close_writes(
    the_run text, the_epoch bigint, the_marker uuid, the_detail jsonb) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here text;
BEGIN
    UPDATE payshift.writer SET accepting = false, changed_at = clock_timestamp()
        WHERE epoch = the_epoch AND writer = site
        RETURNING site INTO here;
    IF here IS NULL THEN
        RETURN false;
    END IF;
    -- The trigger on the row has done it already; the fence does not stand or fall with a trigger.
    PERFORM pg_catalog.setval('payshift.accepts', 0);
    IF here = 'legacy' THEN
        INSERT INTO payshift.marker_legacy (id) VALUES (the_marker);
    ELSE
        INSERT INTO payshift.marker_aws (id) VALUES (the_marker);
    END IF;
    INSERT INTO payshift.journal (run_id, step, epoch, detail)
        VALUES (the_run, 'fenced', the_epoch, the_detail);
    RETURN true;
END $$;

-- One statement, so one transaction: after it returns, nothing that was written here can be missing
-- before the marker and nothing can be written here after it. False if the epoch is another one.
CREATE OR REPLACE FUNCTION payshift.fence(
    the_run text, the_epoch bigint, the_marker uuid, the_detail jsonb, patience_ms integer)
    RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_catalog.set_config('lock_timeout', patience_ms::text, true);
    -- Whoever is told that the fence stands may rely on it after a power cut.
    PERFORM pg_catalog.set_config('synchronous_commit', 'on', true);
    PERFORM pg_catalog.pg_advisory_xact_lock(payshift.fence_key());
    RETURN payshift.close_writes(the_run, the_epoch, the_marker, the_detail);
END $$;

-- The other end: this site writes from here on. The position is taken before the flag is set, so
-- everything before it came from the other site and everything after it is this site's own.
CREATE OR REPLACE FUNCTION payshift.unfence(
    the_run text, the_epoch bigint, the_detail jsonb) RETURNS pg_lsn
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here pg_lsn := pg_catalog.pg_current_wal_insert_lsn();
BEGIN
    -- Flushes what replication applied without waiting, too.
    PERFORM pg_catalog.set_config('synchronous_commit', 'on', true);
    UPDATE payshift.writer
        SET writer = site, epoch = the_epoch, accepting = true, position = here,
            changed_at = clock_timestamp()
        WHERE NOT accepting AND epoch = the_epoch - 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO payshift.journal (run_id, step, epoch, detail)
        VALUES (the_run, 'unfenced', the_epoch, the_detail);
    RETURN here;
END $$;

-- Taken back before anyone else became the writer: the same site goes on in the same epoch.
CREATE OR REPLACE FUNCTION payshift.accept_again(
    the_run text, the_epoch bigint, the_detail jsonb) RETURNS boolean
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_catalog.set_config('synchronous_commit', 'on', true);
    UPDATE payshift.writer SET accepting = true, changed_at = clock_timestamp()
        WHERE epoch = the_epoch AND writer = site AND NOT accepting;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO payshift.journal (run_id, step, epoch, detail)
        VALUES (the_run, 'aborted', the_epoch, the_detail);
    RETURN true;
END $$;

-- Replicated rows belong at the site that does not write. At the accepting writer they could only be
-- an echo of its own, or a second writer's: the apply stops there instead of taking them.
CREATE OR REPLACE FUNCTION payshift.refuse_echo() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF (SELECT accepting FROM payshift.writer) THEN
        RAISE EXCEPTION 'a replicated row reached the accepting writer'
            USING ERRCODE = 'PS002', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

-- Both take one table, so that whoever calls them locks one at a time: two in one transaction could
-- deadlock with clients.
CREATE OR REPLACE FUNCTION payshift.guard_table(bare regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER payshift_guard BEFORE INSERT OR UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION payshift.refuse_echo()', bare);
    EXECUTE format('ALTER TABLE %s ENABLE REPLICA TRIGGER payshift_guard', bare);
END $$;

CREATE OR REPLACE FUNCTION payshift.fence_table(bare regclass) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER payshift_fence BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION payshift.refuse_unless_writer()', bare);
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER payshift_fence', bare);
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER payshift_replica_fence '
        'BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION payshift.refuse_unless_replication()', bare);
    EXECUTE format('ALTER TABLE %s ENABLE REPLICA TRIGGER payshift_replica_fence', bare);
END $$;
