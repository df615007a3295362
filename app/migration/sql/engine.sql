-- What the engine keeps in both databases. Idempotent.
CREATE SCHEMA IF NOT EXISTS payshift;

-- One row: which site this database is, and what it knows of the writer.
-- "position" is the place in this database's log at which it last became the writer.
CREATE TABLE IF NOT EXISTS payshift.writer (
    singleton  boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    site       text NOT NULL CHECK (site IN ('legacy', 'aws')),
    writer     text NOT NULL CHECK (writer IN ('legacy', 'aws')),
    epoch      bigint NOT NULL CHECK (epoch > 0),
    accepting  boolean NOT NULL,
    position   pg_lsn,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT only_the_writer_accepts CHECK (NOT accepting OR writer = site)
);

-- 1 while this site accepts for certain; anything else means: ask the row. Reading it needs neither a
-- snapshot nor the executor, which is what makes the fence cheap. It is never trusted without the
-- fence's lock.
CREATE SEQUENCE IF NOT EXISTS payshift.accepts MINVALUE 0 MAXVALUE 1 START 0;

-- Whose sessions are the replication when they say so by session_replication_role.
CREATE TABLE IF NOT EXISTS payshift.replicator (role_name name PRIMARY KEY);

-- Every step of every handover, in the order in which it was taken here.
CREATE TABLE IF NOT EXISTS payshift.journal (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    run_id text COLLATE "C" NOT NULL,
    step   text NOT NULL,
    epoch  bigint NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS journal_run_id ON payshift.journal (run_id, step);

-- What a verification found that read everything, for gates that have no time to.
CREATE TABLE IF NOT EXISTS payshift.verification (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    aspect   text NOT NULL CHECK (aspect IN ('rows', 'money')),
    verdict  text NOT NULL CHECK (verdict IN ('equal', 'different', 'restless')),
    began_at timestamptz NOT NULL,
    kept_by  text NOT NULL
);

-- One table a direction, named after the site whose rows it carries away: what is inserted here
-- arrives at the other site after everything that was committed before it.
CREATE TABLE IF NOT EXISTS payshift.marker_legacy (
    id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS payshift.marker_aws (LIKE payshift.marker_legacy INCLUDING ALL);

-- The same for the probes, whose tiny publications are always on in both directions.
CREATE TABLE IF NOT EXISTS payshift.probe_legacy (LIKE payshift.marker_legacy INCLUDING ALL);
CREATE TABLE IF NOT EXISTS payshift.probe_aws (LIKE payshift.marker_legacy INCLUDING ALL);

GRANT USAGE ON SCHEMA payshift TO PUBLIC;
GRANT SELECT ON payshift.writer, payshift.replicator, payshift.accepts TO PUBLIC;
