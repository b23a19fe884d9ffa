\set i :i + 1
\set n :first + :i * :clients + :client_id
\set account random(1, 50) * 4
SELECT take_notice('event-' || :n::text, order_id(:n), :headers::jsonb, :body::text, :why::jsonb, :account::bigint);
