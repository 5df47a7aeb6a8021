-- The rows of a ledger. `entries` is the truth; everything else is kept beside it by the verbs, in the same
-- transaction. The hot tables carry no foreign keys: each check would lock a row that every call shares.

CREATE TABLE budgets (
    name text COLLATE "C" PRIMARY KEY,
    limit_micros bigint NOT NULL CHECK (limit_micros >= 0),
    per text NOT NULL CHECK (per IN ('day', 'month', 'lifetime'))
);

-- A budget in one of its periods. It carries its budget's limit, so that whoever has locked the row knows it.
-- Half of each page is left free: an update then stays on its page and touches no index.
CREATE TABLE windows (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    budget text COLLATE "C" NOT NULL REFERENCES budgets (name),
    period text COLLATE "C" NOT NULL,
    limit_micros bigint NOT NULL CHECK (limit_micros >= 0),
    settled bigint NOT NULL DEFAULT 0 CHECK (settled >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    assumed bigint NOT NULL DEFAULT 0 CHECK (assumed BETWEEN 0 AND settled),
    overrun bigint NOT NULL DEFAULT 0 CHECK (overrun BETWEEN 0 AND settled),
    UNIQUE (budget, period)
) WITH (fillfactor = 50);

CREATE TABLE entries (
    seq bigint PRIMARY KEY,
    at bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN
        ('define', 'hold', 'extend', 'settle', 'void', 'assume', 'lapse', 'refuse', 'stop', 'resume', 'notice')),
    key text COLLATE "C",
    amount bigint NOT NULL CHECK (amount >= 0),
    held bigint NOT NULL DEFAULT 0,
    settled bigint NOT NULL DEFAULT 0,
    assumed bigint NOT NULL DEFAULT 0,
    overrun bigint NOT NULL DEFAULT 0,
    windows integer[] NOT NULL,
    tags text
);

-- One row per key for ever: a retry is safe years later. Time-ordered keys keep its pages together.
CREATE TABLE holds (
    key text COLLATE "C" PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('open', 'assumed', 'released', 'settled', 'voided')),
    asked bigint NOT NULL CHECK (asked >= 0),
    amount bigint NOT NULL CHECK (amount >= asked),
    offer integer NOT NULL,
    attempts integer NOT NULL,
    extra bigint NOT NULL,
    billed bigint NOT NULL CHECK (billed >= 0),
    overrun bigint NOT NULL CHECK (overrun >= 0),
    lease_until bigint NOT NULL,
    windows integer[] NOT NULL,
    seq bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX holds_open ON holds (lease_until) WHERE state = 'open';
CREATE INDEX holds_lapsed ON holds (lease_until) WHERE state = 'assumed' OR state = 'released';

CREATE TABLE notices (
    budget text COLLATE "C" NOT NULL REFERENCES budgets (name),
    period text COLLATE "C" NOT NULL,
    threshold text COLLATE "C" NOT NULL,
    token text NOT NULL,
    PRIMARY KEY (budget, period, threshold)
);

-- The one row every verb ends with: it numbers the entries without gaps, so it is locked last, for a moment.
CREATE TABLE ledger (
    id integer PRIMARY KEY CHECK (id = 1),
    version integer NOT NULL,
    seq bigint NOT NULL CHECK (seq >= 0),
    swept bigint NOT NULL,
    stopped text
) WITH (fillfactor = 50);
COMMENT ON COLUMN ledger.swept IS 'No open hold has a lease that ends at this moment or before.';
COMMENT ON COLUMN ledger.stopped IS 'A JSON array of at, who and reason while the kill switch is pressed.';
INSERT INTO ledger (id, version, seq, swept, stopped) VALUES (1, 0, 0, 0, NULL);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are never changed or deleted', TG_TABLE_NAME;
END $$;
CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER holds_stay BEFORE DELETE OR TRUNCATE ON holds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
