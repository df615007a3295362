-- Indexes and constraints that are made again after a large load. Idempotent.
CREATE TABLE IF NOT EXISTS payshift.postponed (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    statement text NOT NULL
);
