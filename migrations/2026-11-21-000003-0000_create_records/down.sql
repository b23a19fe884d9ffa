DROP VIEW ledger_line;
DROP TABLE inbox, ledger_transfer, history;
DROP FUNCTION make_partitions, partitioned_tables, partition_name, month_start, uuid_floor;
