-- What is to be done, and when. Small: rows go when the work is done. Leases run on the database's clock.
CREATE TABLE task (
    order_id uuid NOT NULL REFERENCES orders,
    key text NOT NULL,
    queue text NOT NULL CHECK (queue IN ('gateway', 'supplier', 'back_office')),
    state text NOT NULL CHECK (state IN ('ready', 'dead')),
    attempts integer NOT NULL CHECK (attempts BETWEEN 0 AND 65535),
    run_at timestamptz NOT NULL,
    lease_token uuid,
    leased_until timestamptz,
    last_error text,
    PRIMARY KEY (order_id, key)
) WITH (fillfactor = 65, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
-- One for each queue: an entry says when, and not each time for which queue.
CREATE INDEX task_due_gateway ON task (run_at) WHERE state = 'ready' AND queue = 'gateway';
CREATE INDEX task_due_supplier ON task (run_at) WHERE state = 'ready' AND queue = 'supplier';
CREATE INDEX task_due_back_office ON task (run_at) WHERE state = 'ready' AND queue = 'back_office';

-- The slot last begun and the one last finished; a lease on the one in work.
CREATE TABLE schedule (
    name text PRIMARY KEY,
    last_slot bigint,
    slot bigint NOT NULL,
    lease_token uuid,
    leased_until timestamptz
);
