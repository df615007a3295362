-- How the payment API learns that the other site has everything that it has read here: it leaves a
-- marker, which replication carries after all that was committed before it. It counts as a write:
-- after the fence no marker is left, and only the site that accepts leaves one. NULL: none was.
CREATE OR REPLACE FUNCTION payshift.leave_marker() RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known payshift.writer;
    marker uuid := gen_random_uuid();
BEGIN
    PERFORM pg_advisory_xact_lock_shared(payshift.fence_key());
    SELECT * INTO known FROM payshift.writer;
    IF NOT known.accepting THEN
        RETURN NULL;
    ELSIF known.site = 'legacy' THEN
        DELETE FROM payshift.marker_legacy WHERE at < clock_timestamp() - interval '1 hour';
        INSERT INTO payshift.marker_legacy (id) VALUES (marker);
    ELSE
        DELETE FROM payshift.marker_aws WHERE at < clock_timestamp() - interval '1 hour';
        INSERT INTO payshift.marker_aws (id) VALUES (marker);
    END IF;
    RETURN marker;
END $$;

REVOKE ALL ON FUNCTION payshift.leave_marker() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payshift.leave_marker() TO payments_app;
GRANT SELECT ON payshift.marker_legacy, payshift.marker_aws TO payments_app;
