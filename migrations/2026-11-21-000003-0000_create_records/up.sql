-- What only grows: partitioned by the month of the UUIDv7 it is keyed by, so that an order's rows lie together and old
-- months can be moved away whole. The default partitions catch what no month takes; they should be empty. What was said to
-- providers and by them is packed (adapters-postgres/src/pack.rs), in rows that PostgreSQL itself would never compress.

-- The smallest UUIDv7 of a moment.
CREATE FUNCTION uuid_floor(moment timestamptz) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

CREATE FUNCTION month_start(moment timestamptz, months integer) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT (date_trunc('month', moment AT TIME ZONE 'UTC') + months * interval '1 month') AT TIME ZONE 'UTC' $$;

CREATE FUNCTION partition_name(parent text, moment timestamptz) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT parent || to_char(moment AT TIME ZONE 'UTC', '"_"YYYY"_"MM') $$;

-- `changes`: what, from, to, of each that changed its state. As `json`, which is half of what `jsonb` takes for short lists.
-- `said`: the calls to providers whose answers this version stored, packed (adapters-postgres/src/rows/said.rs); often none.
CREATE TABLE history (
    order_id uuid NOT NULL,
    at timestamptz NOT NULL,
    version integer NOT NULL,
    actor text NOT NULL,
    cause text NOT NULL,
    changes json NOT NULL CHECK (json_typeof(changes) = 'array'),
    note text NOT NULL,
    said bytea NOT NULL,
    PRIMARY KEY (order_id, version)
) PARTITION BY RANGE (order_id);

-- What one version booked: a list of transfers, each [template, subject, debit, credit, amount in minor units, currency]. An amount
-- leaves one account for another, so nothing can be out of balance. One row for them all, as `json`: six rows, each with an
-- entry in the index, or six arrays, take more than twice as much.
CREATE TABLE ledger (
    order_id uuid NOT NULL,
    at timestamptz NOT NULL,
    version integer NOT NULL,
    transfers json NOT NULL,
    PRIMARY KEY (order_id, version),
    CONSTRAINT ledger_transfers CHECK (json_array_length(transfers) > 0 AND json_array_length(transfers) =
        jsonb_array_length(jsonb_path_query_array(transfers::jsonb, 'strict $[*] ? (@.size() == 6
            && @[0].type() == "string" && @[1].type() == "string" && @[2].type() == "string" && @[3].type() == "string"
            && @[2] != @[3] && @[4].floor() == @[4] && @[4] != 0 && @[5].type() == "string")')))
) PARTITION BY RANGE (order_id);

-- A row for each transfer; `n` counts over all that a version booked.
CREATE VIEW ledger_transfer AS
SELECT l.order_id, l.version, t.n::integer - 1 AS n, l.at, (t.words ->> 4)::bigint AS amount_minor, t.words ->> 5 AS amount_currency,
       t.words ->> 2 AS debit, t.words ->> 3 AS credit, t.words ->> 0 AS template, t.words ->> 1 AS subject
FROM ledger l
CROSS JOIN LATERAL json_array_elements(l.transfers) WITH ORDINALITY AS t (words, n);

-- The same as lines: debits positive, credits negative.
CREATE VIEW ledger_line AS
SELECT t.order_id, t.version, 2 * t.n + l.side AS n, t.at, t.template, t.subject, l.account, l.amount_minor, t.amount_currency
FROM ledger_transfer t
CROSS JOIN LATERAL (VALUES (0, t.debit, t.amount_minor), (1, t.credit, -t.amount_minor)) AS l (side, account, amount_minor);

-- Verified notices. Each has its own id, for a notice need not belong to an order; nothing finds it by that, and `dedupe`
-- keeps it from being stored twice, so no index holds it.
CREATE TABLE inbox (
    id uuid NOT NULL,
    order_id uuid,
    at timestamptz NOT NULL,
    provider text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL CHECK (length(body) >= 5)
) PARTITION BY RANGE (id);
CREATE INDEX inbox_order ON inbox (order_id) WHERE order_id IS NOT NULL;
-- A key is provider:kind:reference:… : by the reference a notice is found that belongs to no order.
CREATE INDEX inbox_reference ON inbox (split_part(key, ':', 3));

CREATE FUNCTION partitioned_tables() RETURNS TABLE (parent text, id_column text)
    LANGUAGE sql IMMUTABLE
    AS $$ VALUES ('history', 'order_id'), ('ledger', 'order_id'), ('inbox', 'id') $$;

-- Makes the partitions of this month and the next ones, where they are missing. Rows that went to the default partition
-- because nobody made theirs in time are moved. Attaching a filled table locks less than creating a partition.
CREATE FUNCTION make_partitions(moment timestamptz, ahead integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    owner record;
    part text;
    low uuid;
    high uuid;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('make_partitions'));
    FOR owner IN SELECT parent, id_column FROM partitioned_tables() LOOP
        FOR month IN 0..ahead LOOP
            part := partition_name(owner.parent, month_start(moment, month));
            low := uuid_floor(month_start(moment, month));
            high := uuid_floor(month_start(moment, month + 1));
            CONTINUE WHEN to_regclass(part) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part, owner.parent);
            EXECUTE format(
                'WITH strays AS (DELETE FROM %I WHERE %I >= %L AND %I < %L RETURNING *) INSERT INTO %I SELECT * FROM strays',
                owner.parent || '_default', owner.id_column, low, owner.id_column, high, part);
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                owner.parent, part, low, high);
        END LOOP;
    END LOOP;
END $$;

CREATE TABLE history_default PARTITION OF history DEFAULT;
CREATE TABLE ledger_default PARTITION OF ledger DEFAULT;
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;
