\set i :i + 1
\set n :first + :i * :clients + :client_id
\set who random(1, 50)
\set code random(1, 1000)
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
