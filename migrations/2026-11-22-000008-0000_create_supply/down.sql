ALTER TABLE offer DROP CONSTRAINT offer_closed, DROP COLUMN closed_until, DROP COLUMN closed_from;
