\set i :i + 1
\set n :first + :i * :clients + :client_id
\set who random(1, 50)
\set code random(1, 1000)
\set account :who * 4
SELECT create_order(order_id(:n), :who::int, md5(:n::text), :terms::jsonb, :target::jsonb, :why::jsonb, :code::int);
SELECT take_notice('event-' || :n::text, order_id(:n), :headers::jsonb, :body::text, :why::jsonb, :account::bigint);
SELECT complete_item(order_id(:n), 1::smallint, :why::jsonb, :body::text, :why::jsonb);
SELECT complete_item(order_id(:n), 2::smallint, :why::jsonb, :body::text, :why::jsonb);
