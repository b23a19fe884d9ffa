DROP VIEW ledger_line, ledger_transfer;
DROP TABLE inbox, ledger, history;
DROP FUNCTION make_partitions, partitioned_tables, partition_name, month_start, uuid_floor;
