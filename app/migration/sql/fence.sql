-- The writer fence. Key 1 of the advisory locks is held shared by every writing transaction until
-- it ends, and exclusively by whoever fences.
CREATE OR REPLACE FUNCTION payshift.fence_key() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS 'SELECT 5787213827046133841';

-- A transaction whose snapshot is older than the fence would still see the old flag. A row lock
-- fails for it (SQLSTATE 40001) if the row has changed since; it needs more rights than clients have.
CREATE OR REPLACE FUNCTION payshift.lock_writer_row() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM payshift.writer FOR SHARE;
END $$;

CREATE OR REPLACE FUNCTION payshift.refuse_unless_writer() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    known payshift.writer;
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(5787213827046133841);
    IF pg_catalog.current_setting('transaction_isolation') IN ('repeatable read', 'serializable')
    THEN
        PERFORM payshift.lock_writer_row();
    END IF;
    -- In READ COMMITTED this statement sees what was committed while the lock was awaited.
    SELECT * INTO known FROM payshift.writer;
    IF known.accepting THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'site % accepts no writes; the writer is %', known.site, known.writer
        USING ERRCODE = 'PS001', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME,
              HINT = 'Ask both databases which one accepts and send the statement there.';
END $$;

-- The inside of the fence; to be called with the lock held. An epoch of -1 changes nothing.
CREATE OR REPLACE FUNCTION payshift.close_writes(
    the_run text, the_epoch bigint, the_marker uuid, the_detail jsonb) RETURNS boolean
    LANGUAGE plpgsql AS $$
DECLARE
    here text;
BEGIN
    UPDATE payshift.writer SET accepting = false, changed_at = clock_timestamp()
        WHERE epoch = the_epoch AND writer = site
        RETURNING site INTO here;
    IF here IS NULL THEN
        RETURN false;
    ELSIF here = 'legacy' THEN
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
    LANGUAGE plpgsql AS $$
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
    LANGUAGE plpgsql AS $$
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
    LANGUAGE plpgsql AS $$
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
    LANGUAGE plpgsql AS $$
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
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER payshift_guard BEFORE INSERT OR UPDATE OR DELETE ON %s '
        'FOR EACH ROW EXECUTE FUNCTION payshift.refuse_echo()', bare);
    EXECUTE format('ALTER TABLE %s ENABLE REPLICA TRIGGER payshift_guard', bare);
END $$;

CREATE OR REPLACE FUNCTION payshift.fence_table(bare regclass) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER payshift_fence BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s '
        'FOR EACH STATEMENT EXECUTE FUNCTION payshift.refuse_unless_writer()', bare);
    EXECUTE format('ALTER TABLE %s ENABLE TRIGGER payshift_fence', bare);
END $$;
