DROP TABLE supplier_minute;
DROP TABLE supplier_state;
DROP TABLE switch_off;
ALTER TABLE offer DROP CONSTRAINT offer_closed, DROP COLUMN closed_until, DROP COLUMN closed_from;
