-- Hours in which a supplier does not sell it: minutes since midnight in western Indonesia. Both or neither.
ALTER TABLE offer ADD COLUMN closed_from integer, ADD COLUMN closed_until integer,
    ADD CONSTRAINT offer_closed CHECK ((closed_from IS NULL) = (closed_until IS NULL));

-- What people switched off, and maintenance to come. Ended, never deleted. NULL: whichever.
CREATE TABLE switch_off (
    id uuid PRIMARY KEY,
    supplier text COLLATE "C",
    product text COLLATE "C",
    category text,
    from_at timestamptz NOT NULL,
    until_at timestamptz,
    set_by text NOT NULL,
    why text NOT NULL,
    ended_at timestamptz,
    ended_by text,
    CONSTRAINT switch_off_something CHECK (num_nonnulls(supplier, product, category) > 0),
    CONSTRAINT switch_off_lasts CHECK (until_at > from_at),
    CONSTRAINT switch_off_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
-- Few are not ended, and each look at a product reads those.
CREATE INDEX switch_off_stands ON switch_off (from_at) WHERE ended_at IS NULL;

-- What the machine knows of a supplier. One row each, changed when something happens, never by an order.
CREATE TABLE supplier_state (
    supplier text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    broken_until timestamptz,
    broken_since timestamptz,
    held text CHECK (held IN ('deposit', 'account')),
    held_since timestamptz,
    needed_minor bigint,
    needed_currency text,
    balance_minor bigint,
    balance_currency text,
    balance_at timestamptz,
    hours_left bigint,
    CONSTRAINT supplier_state_broken CHECK ((broken_until IS NULL) = (broken_since IS NULL)),
    CONSTRAINT supplier_state_held CHECK ((held IS NULL) = (held_since IS NULL)),
    CONSTRAINT supplier_state_needed CHECK ((needed_minor IS NULL) = (needed_currency IS NULL)),
    CONSTRAINT supplier_state_balance CHECK (num_nulls(balance_minor, balance_currency, balance_at) IN (0, 3))
) WITH (fillfactor = 50);

-- What happened at each supplier, a minute a row, over all processes: for scores and for how long deposits last. Kept for days.
CREATE TABLE supplier_minute (
    minute timestamptz NOT NULL,
    supplier text COLLATE "C" NOT NULL,
    sent bigint NOT NULL,
    delivered bigint NOT NULL,
    refused bigint NOT NULL,
    turned_away bigint NOT NULL,
    failed bigint NOT NULL,
    unclear bigint NOT NULL,
    not_sent bigint NOT NULL,
    reversed bigint NOT NULL,
    deliver_ms bigint NOT NULL,
    spent_minor bigint NOT NULL,
    PRIMARY KEY (minute, supplier)
) WITH (fillfactor = 50);
