-- What members of staff did outside an order's own history. Only ever grows, and the database sees to it.
CREATE TABLE staff_acts (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL CHECK (char_length(actor) BETWEEN 1 AND 64),
    act text NOT NULL CHECK (char_length(act) BETWEEN 1 AND 64),
    subject text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 160),
    detail text NOT NULL CHECK (char_length(detail) <= 4000)
);

CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION '% only ever grows', TG_TABLE_NAME; END $$;

CREATE TRIGGER staff_acts_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_acts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
