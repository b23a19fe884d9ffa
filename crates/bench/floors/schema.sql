-- The rows an order like ours must leave behind, in the shape that costs PostgreSQL least while staying right. No part of the
-- product: what these statements reach is the floor that ours are compared with.
--
-- An order of two items: created (answer to a repeated request, promo, order, items, two lines of history, a message), paid
-- (notice, history, two tasks, four ledger lines), each item completed (exchange, item, order, history, the task gone), and
-- with the last of them ended (history, two ledger lines, a message). Ids are made by the client, in time order.

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    customer integer NOT NULL,
    state smallint NOT NULL DEFAULT 0, -- 0 pending, 1 paid, 2 partly delivered, 3 success
    version integer NOT NULL DEFAULT 0,
    open_items smallint NOT NULL,
    currency char(3) NOT NULL,
    total_minor bigint NOT NULL CHECK (total_minor >= 0),
    cost_currency char(3) NOT NULL,
    cost_minor bigint NOT NULL,
    rate_ppm bigint NOT NULL,
    discount_minor bigint NOT NULL DEFAULT 0,
    promo integer,
    gateway smallint NOT NULL,
    transaction text,
    contact text NOT NULL,
    terms jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 60);
CREATE INDEX orders_of_customer ON orders (customer, id);

CREATE TABLE answer (
    customer integer NOT NULL,
    key text NOT NULL,
    order_id uuid NOT NULL,
    body_hash bytea NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (customer, key)
);

CREATE TABLE item (
    order_id uuid NOT NULL,
    n smallint NOT NULL,
    product bigint NOT NULL,
    charged_minor bigint NOT NULL,
    state smallint NOT NULL DEFAULT 0,
    supplier integer,
    tries smallint NOT NULL DEFAULT 0,
    target jsonb NOT NULL,
    PRIMARY KEY (order_id, n)
) WITH (fillfactor = 60);

CREATE TABLE history (
    order_id uuid NOT NULL,
    n smallint NOT NULL,
    kind smallint NOT NULL,
    from_state smallint,
    to_state smallint,
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    detail jsonb NOT NULL,
    PRIMARY KEY (order_id, n)
);

CREATE TABLE promo (id integer PRIMARY KEY, max_uses integer NOT NULL, used integer NOT NULL DEFAULT 0) WITH (fillfactor = 20);
INSERT INTO promo SELECT n, 2000000000 FROM generate_series(1, 1000) AS n;

CREATE TABLE message (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 32) PRIMARY KEY,
    topic smallint NOT NULL,
    order_id uuid NOT NULL,
    body jsonb NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);

-- Born in the hands of the process that took the notice: nobody has to claim them.
CREATE TABLE task (
    order_id uuid NOT NULL,
    n smallint NOT NULL,
    queue smallint NOT NULL,
    state smallint NOT NULL,
    attempts smallint NOT NULL DEFAULT 1,
    run_at timestamptz NOT NULL,
    args jsonb NOT NULL,
    PRIMARY KEY (order_id, n)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX task_due ON task (queue, run_at);

-- Claimed before they are worked on: what batches do.
CREATE TABLE job (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 32) PRIMARY KEY,
    queue smallint NOT NULL,
    state smallint NOT NULL DEFAULT 0,
    attempts smallint NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL DEFAULT now(),
    order_id uuid NOT NULL,
    n smallint NOT NULL,
    args jsonb NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX job_ready ON job (queue, run_at, id) WHERE state = 0;

CREATE TABLE inbox (
    gateway smallint NOT NULL,
    event text NOT NULL,
    order_id uuid,
    headers jsonb NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (gateway, event)
);
ALTER TABLE inbox ALTER body SET STORAGE EXTERNAL;

CREATE TABLE ledger_line (
    posting uuid NOT NULL,
    n smallint NOT NULL,
    account bigint NOT NULL,
    currency char(3) NOT NULL,
    amount_minor bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (posting, n)
);
CREATE INDEX ledger_line_account ON ledger_line (account, at);

CREATE TABLE exchange (
    order_id uuid NOT NULL,
    n smallint NOT NULL,
    attempt smallint NOT NULL,
    supplier integer NOT NULL,
    request jsonb NOT NULL,
    response text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, n, attempt)
);

-- The n-th order of all runs.
CREATE FUNCTION order_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT ('01912345-6789-7abc-8def-' || (100000000000 + n))::uuid $$;

-- One call each.

CREATE FUNCTION create_order(this uuid, whose integer, its_key text, its_terms jsonb, its_target jsonb, why jsonb, code integer)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO answer (customer, key, order_id, body_hash) VALUES (whose, its_key, this, '\x5f4dcc3b5aa765d61d8327deb882cf99')
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RAISE EXCEPTION 'this request was answered before'; END IF;
    UPDATE promo SET used = used + 1 WHERE id = code AND used < max_uses;
    IF NOT FOUND THEN RAISE EXCEPTION 'the promo is spent'; END IF;
    INSERT INTO orders (id, customer, open_items, currency, total_minor, cost_currency, cost_minor, rate_ppm, discount_minor,
                        promo, gateway, contact, terms)
    VALUES (this, whose, 2, 'TWD', 24600, 'IDR', 10450000, 1960, 1000, code, 1, 'line-0000000001', its_terms);
    INSERT INTO item (order_id, n, product, charged_minor, target)
    VALUES (this, 1, 101, 12300, its_target), (this, 2, 202, 12300, its_target);
    INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail)
    VALUES (this, 1, 1, NULL, 0, 'customer', why), (this, 2, 2, 0, 0, 'gateway', why);
    INSERT INTO message (topic, order_id, body) VALUES (1, this, why);
END $$;

CREATE FUNCTION take_notice(its_event text, this uuid, its_headers jsonb, its_body text, why jsonb, first_account bigint)
    RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inbox (gateway, event, order_id, headers, body) VALUES (1, its_event, this, its_headers, its_body)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RAISE EXCEPTION 'this notice came before'; END IF;
    UPDATE orders SET state = 1, version = version + 1, transaction = its_event, changed_at = now() WHERE id = this AND state = 0;
    IF NOT FOUND THEN RAISE EXCEPTION 'no order waits for this money'; END IF;
    INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) VALUES (this, 3, 3, 0, 1, 'gateway', why);
    INSERT INTO task (order_id, n, queue, state, run_at, args)
    VALUES (this, 1, 1, 1, now() + interval '1 minute', why), (this, 2, 1, 1, now() + interval '1 minute', why);
    INSERT INTO ledger_line (posting, n, account, currency, amount_minor)
    VALUES (this, 1, first_account, 'TWD', 24600), (this, 2, first_account + 1, 'TWD', -24600),
           (this, 3, first_account + 2, 'IDR', 10450000), (this, 4, first_account + 3, 'IDR', -10450000);
END $$;

CREATE FUNCTION complete_item(this uuid, which smallint, its_request jsonb, its_response text, why jsonb)
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    tried smallint;
    still_open smallint;
BEGIN
    DELETE FROM task WHERE order_id = this AND n = which AND state = 1 RETURNING attempts INTO tried;
    IF tried IS NULL THEN RAISE EXCEPTION 'this task is not ours'; END IF;
    INSERT INTO exchange (order_id, n, attempt, supplier, request, response) VALUES (this, which, tried, 7, its_request, its_response);
    UPDATE item SET state = 3, supplier = 7, tries = tried WHERE order_id = this AND n = which;
    UPDATE orders SET open_items = open_items - 1, state = CASE WHEN open_items = 1 THEN 3 ELSE 2 END, version = version + 1,
                      changed_at = now()
    WHERE id = this RETURNING open_items INTO still_open;
    INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) VALUES (this, 3 + which, 4, 1, 3, 'worker', why);
    IF still_open = 0 THEN
        INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) VALUES (this, 9, 5, 2, 3, 'worker', why);
        INSERT INTO ledger_line (posting, n, account, currency, amount_minor) VALUES (this, 5, 11, 'TWD', 1200), (this, 6, 12, 'TWD', -1200);
        INSERT INTO message (topic, order_id, body) VALUES (2, this, why);
    END IF;
END $$;

-- Many orders in one call each.

CREATE FUNCTION create_orders(first bigint, many integer, whose integer, its_terms jsonb, its_target jsonb, why jsonb)
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    these uuid[] := ARRAY(SELECT order_id(n) FROM generate_series(first, first + many - 1) AS n ORDER BY n);
BEGIN
    INSERT INTO answer (customer, key, order_id, body_hash)
    SELECT whose, md5(id::text), id, '\x5f4dcc3b5aa765d61d8327deb882cf99' FROM unnest(these) AS id ON CONFLICT DO NOTHING;
    UPDATE promo p SET used = used + uses
    FROM (SELECT (1 + n % 1000)::integer AS code, count(*) AS uses FROM generate_series(first, first + many - 1) AS n GROUP BY 1 ORDER BY 1) AS asked
    WHERE p.id = asked.code AND used + uses <= max_uses;
    INSERT INTO orders (id, customer, open_items, currency, total_minor, cost_currency, cost_minor, rate_ppm, discount_minor,
                        promo, gateway, contact, terms)
    SELECT id, whose, 2, 'TWD', 24600, 'IDR', 10450000, 1960, 1000, 1, 1, 'line-0000000001', its_terms FROM unnest(these) AS id;
    INSERT INTO item (order_id, n, product, charged_minor, target)
    SELECT id, line, 101, 12300, its_target FROM unnest(these) AS id, generate_series(1, 2) AS line;
    INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail)
    SELECT id, line, line, NULL, 0, 'customer', why FROM unnest(these) AS id, generate_series(1, 2) AS line;
    INSERT INTO message (topic, order_id, body) SELECT 1, id, why FROM unnest(these) AS id;
END $$;

CREATE FUNCTION take_notices(first bigint, many integer, its_headers jsonb, its_body text, why jsonb, first_account bigint)
    RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    taken integer;
BEGIN
    WITH told AS (SELECT order_id(n) AS id, 'event-' || n AS event FROM generate_series(first, first + many - 1) AS n),
    stored AS (
        INSERT INTO inbox (gateway, event, order_id, headers, body) SELECT 1, event, id, its_headers, its_body FROM told
        ON CONFLICT DO NOTHING RETURNING order_id, event),
    paid AS (
        UPDATE orders o SET state = 1, version = version + 1, transaction = s.event, changed_at = now() FROM stored s
        WHERE o.id = s.order_id AND o.state = 0 RETURNING o.id),
    told_history AS (
        INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) SELECT id, 3, 3, 0, 1, 'gateway', why FROM paid),
    queued AS (
        INSERT INTO job (queue, order_id, n, args) SELECT 1, id, line, why FROM paid, generate_series(1, 2) AS line),
    booked AS (
        INSERT INTO ledger_line (posting, n, account, currency, amount_minor)
        SELECT id, line, first_account + line, currency, amount
        FROM paid, (VALUES (1, 'TWD', 24600), (2, 'TWD', -24600), (3, 'IDR', 10450000), (4, 'IDR', -10450000)) AS v (line, currency, amount))
    SELECT count(*) INTO taken FROM paid;
    IF taken <> many THEN RAISE EXCEPTION 'only % of % orders wait for their money', taken, many; END IF;
END $$;

-- `id = ANY (ARRAY(…))` and not a join: a generic plan of the join walks the table.
CREATE FUNCTION claim(many integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
    claimed bigint[];
BEGIN
    WITH taken AS (
        UPDATE job SET state = 1, attempts = attempts + 1 WHERE id = ANY (ARRAY(
            SELECT id FROM job WHERE queue = 1 AND state = 0 AND run_at <= now() ORDER BY run_at, id LIMIT many FOR UPDATE SKIP LOCKED))
        RETURNING id)
    SELECT coalesce(array_agg(id), '{}') INTO claimed FROM taken;
    RETURN claimed;
END $$;

CREATE FUNCTION complete_items(these bigint[], its_request jsonb, its_response text, why jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH done AS (DELETE FROM job WHERE id = ANY (these) AND state = 1 RETURNING order_id, n, attempts),
    kept AS (
        INSERT INTO exchange (order_id, n, attempt, supplier, request, response)
        SELECT order_id, n, attempts, 7, its_request, its_response FROM done),
    delivered AS (
        UPDATE item i SET state = 3, supplier = 7, tries = d.attempts FROM done d WHERE i.order_id = d.order_id AND i.n = d.n),
    told AS (
        INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) SELECT order_id, 3 + n, 4, 1, 3, 'worker', why FROM done),
    by_order AS (SELECT order_id, count(*)::smallint AS items FROM done GROUP BY 1),
    moved AS (
        UPDATE orders o SET open_items = open_items - b.items, state = CASE WHEN open_items = b.items THEN 3 ELSE 2 END,
                            version = version + 1, changed_at = now()
        FROM by_order b WHERE o.id = b.order_id RETURNING o.id, o.open_items),
    ended AS (SELECT id FROM moved WHERE open_items = 0),
    told_end AS (
        INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) SELECT id, 9, 5, 2, 3, 'worker', why FROM ended),
    booked AS (
        INSERT INTO ledger_line (posting, n, account, currency, amount_minor)
        SELECT id, line, account, 'TWD', amount FROM ended, (VALUES (5, 11, 1200), (6, 12, -1200)) AS v (line, account, amount))
    INSERT INTO message (topic, order_id, body) SELECT 2, id, why FROM ended;
END $$;

-- A plan made while the queue was empty reads the whole table, and is kept when it is full of dead rows.
ALTER FUNCTION claim(integer) SET enable_seqscan = off;
ALTER FUNCTION complete_items(bigint[], jsonb, text, jsonb) SET enable_seqscan = off;
ALTER FUNCTION complete_item(uuid, smallint, jsonb, text, jsonb) SET enable_seqscan = off;
