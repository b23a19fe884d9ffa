DROP TABLE refund, attempt, item, checkout, payment, open_order, orders;
