-- What a verb decides and writes when it sets money aside. Every function is one step: it answers, or it says what
-- has to happen first. Rows are locked in one order everywhere: a hold, windows by number, and the ledger last.

-- Microseconds since 1970: the caller's, or this server's when the caller leaves time to it.
CREATE FUNCTION moment(p_at bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT coalesce(p_at, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
$$;

-- The period that contains the moment, in UTC.
CREATE FUNCTION period_at(p_per text, p_at bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE p_per WHEN 'lifetime' THEN 'lifetime'
        ELSE to_char(date '1970-01-01' + (p_at / 86400000000)::integer,
            CASE p_per WHEN 'day' THEN 'YYYY-MM-DD' ELSE 'YYYY-MM' END) END
$$;

-- Begin the windows that are missing. No row is locked yet, so nobody waits for this and is waited for.
CREATE FUNCTION open_windows(p_names text[], p_at bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER @pinned@ AS $$
DECLARE
    unknown text;
BEGIN
    LOCK TABLE windows IN ROW EXCLUSIVE MODE;  -- a limit is not being changed from here on
    SELECT min(asked COLLATE "C") INTO unknown FROM unnest(p_names) AS asked
    WHERE NOT EXISTS (SELECT FROM budgets WHERE name = asked);
    IF unknown IS NOT NULL THEN
        RETURN json_build_array('unknown budget', unknown);
    END IF;
    INSERT INTO windows (budget, period, limit_micros)
    SELECT name, period_at(per, p_at), limit_micros FROM budgets WHERE name = ANY (p_names) ORDER BY name
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- The statuses of windows, as they are now.
CREATE FUNCTION statuses(p_windows integer[]) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT coalesce(json_agg(json_build_array(
        budget, period, limit_micros, settled, held, assumed, overrun) ORDER BY budget), '[]')
    FROM windows WHERE id = ANY (p_windows)
$$;

-- Tags with the reason of a refusal; later words win, as in any JSON object read.
CREATE FUNCTION refusal_tags(p_tags text, p_budget text, p_wanted bigint, p_room numeric) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN coalesce(p_tags, '{}') = '{}' THEN '{' ELSE left(p_tags, -1) || ',' END
        || '"refused_by":' || to_json(p_budget)
        || ',"wanted_micros":' || p_wanted
        || coalesce(',"room_micros":' || p_room, '') || '}'
$$;

CREATE FUNCTION append_refusal(p_at bigint, p_key text, p_windows integer[], p_tags text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH numbered AS (UPDATE ledger SET seq = ledger.seq + 1 RETURNING seq)
    INSERT INTO entries (seq, at, kind, key, amount, windows, tags)
    SELECT seq, p_at, 'refuse', p_key, 0, p_windows, p_tags FROM numbered;
END $$;

CREATE FUNCTION refuse(
    p_at bigint, p_key text, p_windows integer[], p_tags text, p_tightest integer, p_wanted bigint, p_room numeric
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    tightest windows;
BEGIN
    SELECT * INTO tightest FROM windows WHERE id = p_tightest;
    PERFORM append_refusal(p_at, p_key, p_windows, refusal_tags(p_tags, tightest.budget, p_wanted, p_room));
    RETURN json_build_array('refused', p_wanted, tightest.budget, tightest.period, p_room);
END $$;

CREATE FUNCTION refuse_stopped(p_at bigint, p_key text, p_tags text, p_wanted bigint, p_stopped text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM append_refusal(p_at, p_key, '{}', refusal_tags(p_tags, 'stop', p_wanted, NULL));
    RETURN json_build_array('stopped', p_wanted, p_stopped::json);
END $$;

-- The answer given before, when this is the same question and the hold is still open.
CREATE FUNCTION replay(p_hold holds, p_names text[], p_amounts bigint[], p_ceilings bigint[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    first_place integer := p_hold.offer * cardinality(p_names);
    asked text[];
    booked text[];
BEGIN
    IF p_hold.state <> 'open' THEN
        RETURN json_build_array('not open', p_hold.state);
    END IF;
    asked := ARRAY(SELECT name FROM unnest(p_names) WITH ORDINALITY AS names (name, place)
        WHERE p_ceilings[first_place + place] IS NOT NULL ORDER BY name);
    booked := ARRAY(SELECT budget FROM windows WHERE id = ANY (p_hold.windows) ORDER BY budget);
    IF p_amounts[p_hold.offer + 1] IS DISTINCT FROM p_hold.asked OR asked <> booked THEN
        RETURN json_build_array('other intent', p_hold.asked);
    END IF;
    RETURN json_build_array('held', p_hold.amount, p_hold.offer, p_hold.lease_until, statuses(p_hold.windows));
END $$;

-- Whether a hold's lease has run out.
CREATE FUNCTION is_overdue(p_at bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM holds AS due, ledger
        WHERE due.state = 'open' AND due.lease_until > ledger.swept AND due.lease_until <= p_at)
$$;

-- One look at the offers. Answers `lines` and `sweep` ask for windows, or for overdue holds, to be seen to first;
-- NULL means that somebody else has just used the key or pressed the kill switch, and nothing of this may stay.
-- `p_sweeps` says whether to sweep before the `first` look, `again` before a refusal, or `no` more.
-- `p_ceilings` has a figure per offer and name: NULL where an offer leaves the budget out.
CREATE FUNCTION grant_first(
    p_at bigint, p_key text, p_names text[], p_amounts bigint[], p_ceilings bigint[], p_lease bigint, p_tags text,
    p_sweeps text
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER @pinned@ AS $$
DECLARE
    names_count constant integer := cardinality(p_names);
    until constant bigint := p_at + p_lease;
    known holds;
    stop text;
    overdue boolean;
    ids integer[];
    places integer[];
    limits bigint[];
    exposures numeric[];
    taken integer[];
    ceiling bigint;
    room numeric;
    tightest numeric;
    tightest_at integer;
    wanted bigint;
    answer text;
BEGIN
    SELECT ledger.stopped, p_sweeps = 'first' AND (p_at - ledger.swept > 5000000 OR EXISTS (
        SELECT FROM holds AS due WHERE due.state = 'open' AND due.lease_until > ledger.swept
            AND due.lease_until <= p_at)), held.*
    INTO stop, overdue, known.key, known.state, known.asked, known.amount, known.offer, known.attempts,
        known.extra, known.billed, known.overrun, known.lease_until, known.windows, known.seq
    FROM ledger LEFT JOIN holds AS held ON held.key = p_key;
    IF known.key IS NOT NULL THEN
        RETURN replay(known, p_names, p_amounts, p_ceilings);
    END IF;
    SELECT array_agg(id), array_agg(array_position(p_names, budget)), array_agg(limit_micros),
        array_agg(settled::numeric + held)
    INTO ids, places, limits, exposures
    FROM (
        SELECT windows.* FROM budgets
        JOIN windows ON windows.budget = budgets.name AND windows.period = period_at(budgets.per, p_at)
        WHERE budgets.name = ANY (p_names) ORDER BY windows.id FOR UPDATE OF windows
    ) AS locked;
    IF coalesce(cardinality(ids), 0) < names_count THEN
        RETURN 'lines';
    END IF;
    IF stop IS NOT NULL THEN
        RETURN refuse_stopped(p_at, p_key, p_tags, p_amounts[1], stop);
    END IF;
    IF overdue THEN
        RETURN 'sweep';
    END IF;
    FOR offer IN 1 .. cardinality(p_amounts) LOOP
        wanted := p_amounts[offer];
        tightest := NULL;
        taken := '{}';
        FOR each IN 1 .. names_count LOOP
            ceiling := p_ceilings[(offer - 1) * names_count + places[each]];
            CONTINUE WHEN ceiling IS NULL;
            taken := taken || ids[each];
            room := least(ceiling, limits[each]) - exposures[each];
            IF wanted > greatest(room, 0)
                AND (tightest IS NULL OR (room, places[each]) < (tightest, places[tightest_at])) THEN
                tightest := room;
                tightest_at := each;
            END IF;
        END LOOP;
        IF tightest IS NULL THEN
            WITH moved AS (
                UPDATE windows SET held = held + wanted WHERE id = ANY (taken)
                RETURNING budget, period, limit_micros, settled, held, assumed, overrun
            ), numbered AS (
                UPDATE ledger SET seq = ledger.seq + 1, swept = least(swept, until - 1)
                RETURNING seq, ledger.stopped
            ), entered AS (
                INSERT INTO entries (seq, at, kind, key, amount, held, windows, tags)
                SELECT seq, p_at, 'hold', p_key, wanted, wanted, taken, p_tags FROM numbered
            ), kept AS (
                INSERT INTO holds
                SELECT p_key, 'open', wanted, wanted, offer - 1, 1, 0, 0, 0, until, taken, seq FROM numbered
                WHERE numbered.stopped IS NULL
                ON CONFLICT DO NOTHING RETURNING 1
            )
            SELECT json_build_array('held', wanted, offer - 1, until, (
                SELECT coalesce(json_agg(json_build_array(
                    budget, period, limit_micros, settled, held, assumed, overrun)), '[]') FROM moved))
            INTO answer FROM kept;
            RETURN answer;
        END IF;
    END LOOP;
    IF p_sweeps = 'again' AND is_overdue(p_at) THEN
        RETURN 'sweep';
    END IF;
    -- The key may have been granted to somebody else while this call waited for the windows.
    SELECT * INTO known FROM holds WHERE key = p_key;
    IF FOUND THEN
        RETURN replay(known, p_names, p_amounts, p_ceilings);
    END IF;
    RETURN refuse(p_at, p_key, taken, p_tags, ids[tightest_at], wanted, tightest);
END $$;
