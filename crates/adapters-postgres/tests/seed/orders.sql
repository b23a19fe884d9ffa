-- Many orders that have ended long ago, for tests and benches of how a large database reads. Run this file on a migrated
-- database, then, on the same connection, for example
--
--     SELECT pg_temp.seed_orders('2026-06-01', 100, 2000);     -- 200,000 orders
--     VACUUM ANALYZE;
--
-- to fill the hundred days before a day with so many orders each. What is in them is made up, and what lies sealed or packed
-- cannot be opened: they are for being listed, counted and passed over, not for being read whole.
--
-- One order in five is the same customer's, the others have sixteen each; 93 % went well, most others expired, one in 5,000 failed, none was cancelled. The
-- superuser's rights are needed (checks of foreign keys are skipped).

CREATE FUNCTION pg_temp.seed_id(at timestamptz, salt bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE STRICT
    AS $$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid
          FROM md5(salt::text) AS h $$;

CREATE FUNCTION pg_temp.seed_orders(before date, days integer, per_day integer) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    first timestamptz := (before - days)::timestamp AT TIME ZONE 'UTC';
BEGIN
    PERFORM make_partitions(first, days / 28 + 1);
    SET LOCAL session_replication_role = replica;
    CREATE TEMP TABLE seeded ON COMMIT DROP AS
    SELECT pg_temp.seed_id(at, extract(epoch FROM at)::bigint * 1000 + n) AS id, at, n,
           upper(substr(md5(at::text || n), 1, 20)) AS reference,
           CASE WHEN n % 5000 = 17 THEN 'failed' WHEN n % 100 < 93 THEN 'success' ELSE 'expired' END AS status
    FROM (SELECT n, first + (n::float8 / per_day) * interval '1 day' AS at
          FROM generate_series(0, days::bigint * per_day - 1) AS n) AS made;

    INSERT INTO orders (id, version, status, promo_held, customer, created_at, total_minor, total_currency, item_count, terms)
    SELECT id, 11, status, false,
           CASE n % 5 WHEN 0 THEN '00000000-0000-7000-8000-00000000c001'::uuid ELSE md5('customer' || before || n / 20)::uuid END,
           at, 12300, 'TWD', 1, '\x010000000000'
    FROM seeded;
    INSERT INTO payment (order_id, n, state, deadline, received_minor, received_currency, paid_by, paid_at, purpose, amount_minor,
                         amount_currency)
    SELECT id, 0, status, at + interval '1 hour', CASE status WHEN 'expired' THEN 0 ELSE 12300 END, 'TWD', reference, at, 'goods',
           12300, 'TWD'
    FROM seeded;
    INSERT INTO checkout (order_id, reference, state, transaction, received_minor, received_currency, payment, gateway, account,
                          method, known_by, opened_at)
    SELECT id, reference, 'paid', 'T' || reference, 12300, 'TWD', 0, 'ecpay', '3002607', 'credit', at + interval '1 hour', at FROM seeded;
    INSERT INTO item (order_id, n, state, live_attempt, serial_pending, product, category, name, target, target_mark, cost_minor,
                      cost_currency, max_cost_minor, max_cost_currency, charged_minor, charged_currency, discount_minor,
                      discount_currency)
    SELECT id, 0, CASE status WHEN 'success' THEN 'delivered' WHEN 'failed' THEN 'failed' ELSE 'cancelled' END, 0, false,
           'airtime-telkomsel-10000', 'airtime', 'Telkomsel 10.000', 'sealed', decode(md5(reference), 'hex'), 1040000, 'IDR', 1200000,
           'IDR', 12300, 'TWD', 0, 'TWD'
    FROM seeded;
    INSERT INTO attempt (order_id, n, state, polls, not_found, contested, item, supplier, account, reference, code, cost_minor,
                         cost_currency, reserved_at, settle_s, reason)
    SELECT id, 0, CASE status WHEN 'success' THEN 'done' ELSE 'failed' END, 2, 0, false, 0, 'iak', '0812', reverse(reference),
           'htelkomsel10000', 1040000, 'IDR', at, 1800, 'cheapest'
    FROM seeded WHERE status <> 'expired';
    INSERT INTO history (order_id, version, at, actor, cause, changes, note, said)
    SELECT id, version, at, 'engine', 'answered', '[]', '', '' FROM seeded, generate_series(1, 2) AS version;
    INSERT INTO ledger (order_id, version, at, transfers)
    SELECT id, 3, at, format('[["receipt","%s","gateway_receivable:ecpay","customer_liability",12300,"TWD"]]', reference)::json
    FROM seeded WHERE status <> 'expired';
    INSERT INTO inbox (id, order_id, at, provider, kind, key, body)
    SELECT pg_temp.seed_id(at + interval '1 minute', n), id, at, 'ecpay', 'return', 'ecpay:return:' || reference || ':1', '\x010000000000'
    FROM seeded WHERE status <> 'expired';
    INSERT INTO dedupe (key, order_id)
    SELECT left(encode(sha256(convert_to('ref:ecpay:3002607:' || reference, 'UTF8')), 'hex'), 32)::uuid, id FROM seeded;
    INSERT INTO alert (kind, order_id, subject, detail, raised_at, last_at, times, closed_at, closed_by)
    SELECT 'refund_due', id, 'refund:0', 'to be paid back', at, at, 1, at, 'fina' FROM seeded WHERE n % 10 = 3;
    RETURN (SELECT count(*) FROM seeded);
END $$;
