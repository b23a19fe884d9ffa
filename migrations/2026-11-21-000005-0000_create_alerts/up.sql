-- What a person must hear of. While it is open, the same thing raised again is counted, not repeated.
CREATE TABLE alert (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    order_id uuid,
    subject text NOT NULL,
    detail text NOT NULL,
    raised_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    times integer NOT NULL,
    closed_at timestamptz,
    closed_by text,
    CHECK ((closed_at IS NULL) = (closed_by IS NULL))
);
CREATE UNIQUE INDEX alert_open ON alert (kind, order_id, subject) NULLS NOT DISTINCT WHERE closed_at IS NULL;
CREATE INDEX alert_order ON alert (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX alert_open_id ON alert (id) WHERE closed_at IS NULL;
