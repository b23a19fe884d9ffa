\set i :i + 1
\set n :first + :i * :clients + :client_id
\set who random(1, 50)
\set code random(1, 1000)
\set account :who * 4
BEGIN;
INSERT INTO answer (customer, key, order_id, body_hash) VALUES (:who::int, md5(:n::text), order_id(:n), '\x5f4dcc3b5aa765d61d8327deb882cf99');
SELECT used, max_uses FROM promo WHERE id = :code::int FOR UPDATE;
UPDATE promo SET used = used + 1 WHERE id = :code::int;
INSERT INTO orders (id, customer, open_items, currency, total_minor, cost_currency, cost_minor, rate_ppm, discount_minor, promo, gateway, contact, terms) VALUES (order_id(:n), :who::int, 2, 'TWD', 24600, 'IDR', 10450000, 1960, 1000, :code::int, 1, 'line-0000000001', :terms::jsonb);
INSERT INTO item (order_id, n, product, charged_minor, target) VALUES (order_id(:n), 1, 101, 12300, :target::jsonb);
INSERT INTO item (order_id, n, product, charged_minor, target) VALUES (order_id(:n), 2, 202, 12300, :target::jsonb);
INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) VALUES (order_id(:n), 1, 1, NULL, 0, 'customer', :why::jsonb);
INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) VALUES (order_id(:n), 2, 2, 0, 0, 'gateway', :why::jsonb);
INSERT INTO message (topic, order_id, body) VALUES (1, order_id(:n), :why::jsonb);
COMMIT;
BEGIN;
INSERT INTO inbox (gateway, event, order_id, headers, body) VALUES (1, 'event-' || :n::text, order_id(:n), :headers::jsonb, :body::text);
SELECT state, version FROM orders WHERE id = order_id(:n) FOR UPDATE;
UPDATE orders SET state = 1, version = version + 1, transaction = 'event-' || :n::text, changed_at = now() WHERE id = order_id(:n);
INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) VALUES (order_id(:n), 3, 3, 0, 1, 'gateway', :why::jsonb);
INSERT INTO task (order_id, n, queue, state, run_at, args) VALUES (order_id(:n), 1, 1, 1, now() + interval '1 minute', :why::jsonb);
INSERT INTO task (order_id, n, queue, state, run_at, args) VALUES (order_id(:n), 2, 1, 1, now() + interval '1 minute', :why::jsonb);
INSERT INTO ledger_line (posting, n, account, currency, amount_minor) VALUES (order_id(:n), 1, :account::bigint, 'TWD', 24600);
INSERT INTO ledger_line (posting, n, account, currency, amount_minor) VALUES (order_id(:n), 2, :account::bigint + 1, 'TWD', -24600);
INSERT INTO ledger_line (posting, n, account, currency, amount_minor) VALUES (order_id(:n), 3, :account::bigint + 2, 'IDR', 10450000);
INSERT INTO ledger_line (posting, n, account, currency, amount_minor) VALUES (order_id(:n), 4, :account::bigint + 3, 'IDR', -10450000);
COMMIT;
BEGIN;
SELECT attempts FROM task WHERE order_id = order_id(:n) AND n = 1 FOR UPDATE;
SELECT open_items, version FROM orders WHERE id = order_id(:n) FOR UPDATE;
INSERT INTO exchange (order_id, n, attempt, supplier, request, response) VALUES (order_id(:n), 1, 1, 7, :why::jsonb, :body::text);
UPDATE item SET state = 3, supplier = 7, tries = 1 WHERE order_id = order_id(:n) AND n = 1;
UPDATE orders SET open_items = open_items - 1, state = CASE WHEN open_items = 1 THEN 3 ELSE 2 END, version = version + 1, changed_at = now() WHERE id = order_id(:n);
INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) VALUES (order_id(:n), 4, 4, 1, 3, 'worker', :why::jsonb);
DELETE FROM task WHERE order_id = order_id(:n) AND n = 1;
COMMIT;
BEGIN;
SELECT attempts FROM task WHERE order_id = order_id(:n) AND n = 2 FOR UPDATE;
SELECT open_items, version FROM orders WHERE id = order_id(:n) FOR UPDATE;
INSERT INTO exchange (order_id, n, attempt, supplier, request, response) VALUES (order_id(:n), 2, 1, 7, :why::jsonb, :body::text);
UPDATE item SET state = 3, supplier = 7, tries = 1 WHERE order_id = order_id(:n) AND n = 2;
UPDATE orders SET open_items = open_items - 1, state = CASE WHEN open_items = 1 THEN 3 ELSE 2 END, version = version + 1, changed_at = now() WHERE id = order_id(:n);
INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) VALUES (order_id(:n), 5, 4, 1, 3, 'worker', :why::jsonb);
INSERT INTO history (order_id, n, kind, from_state, to_state, actor, detail) VALUES (order_id(:n), 9, 5, 2, 3, 'worker', :why::jsonb);
INSERT INTO ledger_line (posting, n, account, currency, amount_minor) VALUES (order_id(:n), 5, 11, 'TWD', 1200);
INSERT INTO ledger_line (posting, n, account, currency, amount_minor) VALUES (order_id(:n), 6, 12, 'TWD', -1200);
INSERT INTO message (topic, order_id, body) VALUES (2, order_id(:n), :why::jsonb);
DELETE FROM task WHERE order_id = order_id(:n) AND n = 2;
COMMIT;
