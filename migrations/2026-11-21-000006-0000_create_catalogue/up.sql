CREATE TABLE product (
    id text COLLATE "C" PRIMARY KEY,
    category text NOT NULL,
    brand text NOT NULL,
    name text NOT NULL
);

CREATE TABLE offer (
    product text COLLATE "C" NOT NULL REFERENCES product,
    supplier text COLLATE "C" NOT NULL,
    code text NOT NULL,
    cost_minor bigint NOT NULL CHECK (cost_minor >= 0),
    cost_currency text NOT NULL,
    active boolean NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (product, supplier)
);
CREATE INDEX offer_supplier ON offer (supplier);

-- When each supplier's list was taken last, also one that changed nothing.
CREATE TABLE price_list (
    supplier text COLLATE "C" PRIMARY KEY,
    taken_at timestamptz NOT NULL
);

-- Append-only: the newest one counts, the others explain old prices.
CREATE TABLE price_book (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    book jsonb NOT NULL,
    set_at timestamptz NOT NULL,
    set_by text NOT NULL
);

-- `used` may exceed `max_uses`: late money honours the promo it was promised.
CREATE TABLE promo (
    code text PRIMARY KEY,
    discount_minor bigint NOT NULL CHECK (discount_minor > 0),
    discount_currency text NOT NULL,
    max_uses integer NOT NULL CHECK (max_uses >= 0),
    used integer NOT NULL CHECK (used >= 0),
    set_at timestamptz NOT NULL,
    set_by text NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE promo_use (
    order_id uuid NOT NULL,
    code text NOT NULL,
    PRIMARY KEY (order_id, code)
);
