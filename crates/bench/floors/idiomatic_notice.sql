\set i :i + 1
\set n :first + :i * :clients + :client_id
\set account random(1, 50) * 4
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
