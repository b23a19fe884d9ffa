\set i :i + 1
\set n :first + (:i * :clients + :client_id) * 10
\set who random(1, 50)
\set account :who * 4
SELECT create_orders(:n::bigint, 10, :who::int, :terms::jsonb, :target::jsonb, :why::jsonb);
SELECT take_notices(:n::bigint, 10, :headers::jsonb, :body::text, :why::jsonb, :account::bigint);
SELECT claim(20)::text AS ids \gset
SELECT complete_items(:ids::bigint[], :why::jsonb, :body::text, :why::jsonb);
