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

CREATE TABLE history (
    order_id uuid NOT NULL,
    version integer NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    cause text NOT NULL,
    changes jsonb NOT NULL CHECK (jsonb_typeof(changes) = 'array'),
    note text NOT NULL,
    PRIMARY KEY (order_id, version)
) PARTITION BY RANGE (order_id);

-- Debits positive, credits negative: each currency of each version sums to zero.
CREATE TABLE ledger_line (
    order_id uuid NOT NULL,
    version integer NOT NULL,
    n integer NOT NULL,
    at timestamptz NOT NULL,
    template text NOT NULL,
    subject text NOT NULL,
    account text NOT NULL,
    amount_minor bigint NOT NULL,
    amount_currency text NOT NULL,
    PRIMARY KEY (order_id, version, n)
) PARTITION BY RANGE (order_id);

CREATE TABLE exchange (
    order_id uuid NOT NULL,
    version integer NOT NULL,
    n integer NOT NULL,
    at timestamptz NOT NULL,
    provider text NOT NULL,
    call text NOT NULL,
    elapsed_ms bigint NOT NULL,
    sent text NOT NULL CHECK (sent IN ('not_sent', 'maybe_sent', 'replied')),
    status integer,
    request bytea NOT NULL CHECK (length(request) >= 5),
    response bytea NOT NULL CHECK (length(response) >= 5),
    PRIMARY KEY (order_id, version, n)
) PARTITION BY RANGE (order_id);

-- Verified notices. Keyed by its own id, for a notice need not belong to an order.
CREATE TABLE inbox (
    id uuid NOT NULL,
    order_id uuid,
    at timestamptz NOT NULL,
    provider text NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    body bytea NOT NULL CHECK (length(body) >= 5),
    PRIMARY KEY (id)
) PARTITION BY RANGE (id);
CREATE INDEX inbox_order ON inbox (order_id) WHERE order_id IS NOT NULL;
-- A key is provider:kind:reference:… : by the reference a notice is found that belongs to no order.
CREATE INDEX inbox_reference ON inbox (split_part(key, ':', 3));

CREATE FUNCTION partitioned_tables() RETURNS TABLE (parent text, id_column text)
    LANGUAGE sql IMMUTABLE
    AS $$ VALUES ('history', 'order_id'), ('ledger_line', 'order_id'), ('exchange', 'order_id'), ('inbox', 'id') $$;

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
CREATE TABLE ledger_line_default PARTITION OF ledger_line DEFAULT;
CREATE TABLE exchange_default PARTITION OF exchange DEFAULT;
CREATE TABLE inbox_default PARTITION OF inbox DEFAULT;
