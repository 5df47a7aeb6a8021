-- How a hold goes on or ends. What a hold counts is a function of its row, so a change is the difference of two.

CREATE TYPE counts AS (held bigint, settled bigint, assumed bigint, overrun bigint);

CREATE FUNCTION counted(p_hold holds) RETURNS counts LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_hold.state
        WHEN 'open' THEN ROW (p_hold.amount, 0, 0, 0)::counts
        WHEN 'assumed' THEN ROW (0, p_hold.billed, p_hold.billed, p_hold.overrun)::counts
        WHEN 'settled' THEN ROW (0, p_hold.billed, 0, p_hold.overrun)::counts
        ELSE ROW (0, 0, 0, 0)::counts END
$$;

-- What a bill exceeds the money by that is still set aside for it: all of it, once that was given back.
CREATE FUNCTION excess(p_hold holds, p_billed bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN CASE p_hold.state
        WHEN 'open' THEN greatest(0, p_billed - p_hold.amount)
        WHEN 'assumed' THEN greatest(0, p_billed - (p_hold.billed - p_hold.overrun))
        WHEN 'settled' THEN greatest(0, p_billed - (p_hold.billed - p_hold.overrun))
        ELSE p_billed END;
END $$;

-- Append the entry that leads from one state of a hold to the other, count it, and keep the new state.
-- The hold's own row is locked by the caller; its windows are locked here one after the other, by number.
CREATE FUNCTION move(p_before holds, p_after holds, p_at bigint, p_kind text, p_amount bigint, p_tags text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    was constant counts := counted(p_before);
    becomes constant counts := counted(p_after);
    number integer;
BEGIN
    FOREACH number IN ARRAY p_before.windows LOOP  -- in order: a hold keeps them sorted
        UPDATE windows SET
            held = held - was.held + becomes.held,
            settled = settled - was.settled + becomes.settled,
            assumed = assumed - was.assumed + becomes.assumed,
            overrun = overrun - was.overrun + becomes.overrun
        WHERE id = number;
    END LOOP;
    WITH numbered AS (
        UPDATE ledger SET seq = ledger.seq + 1,
            swept = CASE p_after.state WHEN 'open' THEN least(swept, p_after.lease_until - 1) ELSE swept END
        RETURNING seq
    ), entered AS (
        INSERT INTO entries (seq, at, kind, key, amount, held, settled, assumed, overrun, windows, tags)
        SELECT seq, p_at, p_kind, p_after.key, p_amount, becomes.held - was.held, becomes.settled - was.settled,
            becomes.assumed - was.assumed, becomes.overrun - was.overrun, p_after.windows, p_tags
        FROM numbered
    )
    UPDATE holds SET
        state = p_after.state, amount = p_after.amount, attempts = p_after.attempts, extra = p_after.extra,
        billed = p_after.billed, overrun = p_after.overrun, lease_until = p_after.lease_until
    WHERE key = p_after.key;
END $$;

-- A hold ends: `settled` at a bill, `voided`, or `assumed` at an amount until somebody knows.
CREATE FUNCTION end_hold(p_at bigint, p_key text, p_state text, p_billed bigint, p_tags text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER @pinned@ AS $$
DECLARE
    known holds;
    ended holds;
    kind text;
BEGIN
    SELECT * INTO known FROM holds WHERE key = p_key FOR UPDATE;
    IF NOT FOUND THEN
        RETURN json_build_array('unknown hold');
    END IF;
    IF known.state = p_state AND (p_state = 'voided' OR known.billed = p_billed AND p_state = 'settled') THEN
        RETURN json_build_array('resolved', known.state, known.billed, known.overrun);
    END IF;
    IF known.state IN ('settled', 'voided') THEN
        RETURN json_build_array('ended', known.state, known.billed);
    END IF;
    ended := known;
    ended.state := p_state;
    ended.billed := p_billed;
    ended.overrun := CASE p_state WHEN 'voided' THEN 0 ELSE excess(known, p_billed) END;
    IF ended <> known THEN
        kind := CASE p_state WHEN 'settled' THEN 'settle' WHEN 'voided' THEN 'void' ELSE 'assume' END;
        PERFORM move(known, ended, p_at, kind,
            CASE p_state WHEN 'voided' THEN known.amount ELSE p_billed END, p_tags);
    END IF;
    RETURN json_build_array('resolved', ended.state, ended.billed, ended.overrun);
END $$;

-- Add to a hold before a retry that may bill again, and renew its lease; a lapsed one opens again.
CREATE FUNCTION lengthen(p_at bigint, p_key text, p_extra bigint, p_attempt integer, p_lease bigint, p_tags text)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER @pinned@ AS $$
DECLARE
    known holds;
    longer holds;
    stop text;
    more bigint;
    nothing integer;
    tightest integer;
    room numeric;
BEGIN
    SELECT * INTO known FROM holds WHERE key = p_key FOR UPDATE;
    IF NOT FOUND THEN
        RETURN json_build_array('unknown hold');
    END IF;
    IF known.state IN ('settled', 'voided') THEN
        RETURN json_build_array('ended', known.state, known.billed);
    END IF;
    IF p_attempt <= known.attempts THEN
        IF known.state <> 'open' OR (p_attempt = known.attempts AND p_extra <> known.extra) THEN
            RETURN json_build_array('other attempt', known.extra, known.state);
        END IF;
        RETURN json_build_array('held', known.amount, known.offer, known.lease_until, statuses(known.windows));
    END IF;
    SELECT stopped INTO stop FROM ledger;
    IF stop IS NOT NULL THEN
        RETURN refuse_stopped(p_at, p_key, p_tags, p_extra, stop);
    END IF;
    longer := known;
    longer.state := 'open';
    longer.amount := known.amount + p_extra;
    longer.extra := p_extra;
    longer.billed := 0;
    longer.overrun := 0;
    longer.attempts := coalesce(p_attempt, known.attempts + 1);
    longer.lease_until := greatest(known.lease_until, p_at + p_lease);
    more := longer.amount - (counted(known)).held - (counted(known)).settled;
    -- Nothing always fits, but where an overrun would become money held: that needs room below the limit.
    nothing := CASE (counted(known)).overrun WHEN 0 THEN 0 END;
    PERFORM FROM windows WHERE id = ANY (known.windows) ORDER BY id FOR UPDATE;
    SELECT id, limit_micros - settled::numeric - held INTO tightest, room
    FROM windows WHERE id = ANY (known.windows) AND more > greatest(limit_micros - settled::numeric - held, nothing)
    ORDER BY 2, budget LIMIT 1;
    IF FOUND THEN
        RETURN refuse(p_at, p_key, known.windows, p_tags, tightest, more, room);
    END IF;
    PERFORM move(known, longer, p_at, 'extend', p_extra, p_tags);
    RETURN json_build_array('held', longer.amount, longer.offer, longer.lease_until, statuses(known.windows));
END $$;
