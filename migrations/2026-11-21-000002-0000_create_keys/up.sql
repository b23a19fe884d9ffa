-- Keys taken at most once, forever: references, money, notices (`notice:…`). Narrow, never partitioned, never emptied: the
-- first 128 bits of the key's SHA-256, left(encode(sha256('ref:…'), 'hex'), 32)::uuid.
CREATE TABLE dedupe (
    key uuid PRIMARY KEY,
    order_id uuid
);

-- Answers to requests with an Idempotency-Key; forgotten after some days. `id` stands for the request's scope and key; `body`
-- is packed and sealed.
CREATE TABLE answer (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL,
    at timestamptz NOT NULL,
    status integer NOT NULL,
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    body bytea NOT NULL
);
CREATE INDEX answer_at ON answer USING brin (at) WITH (pages_per_range = 16);
