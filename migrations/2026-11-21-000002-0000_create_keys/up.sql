-- Keys taken at most once, forever: references, money, notices (`notice:…`). Narrow, never partitioned, never emptied.
CREATE TABLE dedupe (
    key text COLLATE "C" PRIMARY KEY,
    order_id uuid,
    at timestamptz NOT NULL
);

-- Answers to requests with an Idempotency-Key; forgotten after some days. `body` is sealed.
CREATE TABLE answer (
    scope text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    order_id uuid NOT NULL,
    status integer NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX answer_at ON answer USING brin (at) WITH (pages_per_range = 16);
