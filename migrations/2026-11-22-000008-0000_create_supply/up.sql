-- Hours in which a supplier does not sell it: minutes since midnight in western Indonesia. Both or neither.
ALTER TABLE offer ADD COLUMN closed_from integer, ADD COLUMN closed_until integer,
    ADD CONSTRAINT offer_closed CHECK ((closed_from IS NULL) = (closed_until IS NULL));
