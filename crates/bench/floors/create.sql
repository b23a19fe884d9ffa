\set i :i + 1
\set n :first + :i * :clients + :client_id
\set who random(1, 50)
\set code random(1, 1000)
SELECT create_order(order_id(:n), :who::int, md5(:n::text), :terms::jsonb, :target::jsonb, :why::jsonb, :code::int);
