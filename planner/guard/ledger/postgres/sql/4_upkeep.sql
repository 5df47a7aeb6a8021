-- What nobody waits for: overdue holds, definitions, the kill switch and notices.

CREATE FUNCTION append_note(p_at bigint, p_kind text, p_amount bigint, p_windows integer[], p_tags text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH numbered AS (UPDATE ledger SET seq = ledger.seq + 1 RETURNING seq)
    INSERT INTO entries (seq, at, kind, amount, windows, tags)
    SELECT seq, p_at, p_kind, p_amount, p_windows, p_tags FROM numbered;
END $$;

-- Lapse up to `p_most` holds whose lease has run out; how many. Whoever else is busy with a hold sees to it.
CREATE FUNCTION sweep(p_at bigint, p_lapse text, p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER @pinned@ AS $$
DECLARE
    share constant integer := CASE p_lapse WHEN 'release' THEN 0 ELSE 1 END;
    found_keys text[];
    last_seq bigint;
    number integer;
    total bigint;
BEGIN
    SELECT coalesce(array_agg(key ORDER BY lease_until, key), '{}') INTO found_keys FROM (
        SELECT key, lease_until FROM holds
        WHERE state = 'open' AND lease_until > (SELECT swept FROM ledger) AND lease_until <= p_at
        ORDER BY lease_until LIMIT p_most FOR UPDATE SKIP LOCKED
    ) AS due;
    FOR number, total IN
        SELECT id, sum(amount) FROM holds, unnest(windows) AS id WHERE key = ANY (found_keys) GROUP BY id ORDER BY id
    LOOP
        UPDATE windows SET held = held - total, settled = settled + total * share, assumed = assumed + total * share
        WHERE id = number;
    END LOOP;
    UPDATE ledger SET seq = seq + cardinality(found_keys) RETURNING seq - cardinality(found_keys) INTO last_seq;
    INSERT INTO entries (seq, at, kind, key, amount, held, settled, assumed, windows)
    SELECT last_seq + place, p_at, 'lapse', key, amount, -amount, amount * share, amount * share, windows
    FROM unnest(found_keys) WITH ORDINALITY AS due (due_key, place) JOIN holds ON key = due_key;
    UPDATE holds SET state = CASE share WHEN 1 THEN 'assumed' ELSE 'released' END,
        billed = CASE share WHEN 1 THEN amount ELSE billed END
    WHERE key = ANY (found_keys);
    -- The ledger's row is locked, so no hold can be opened while this looks whether any overdue one is left.
    IF NOT is_overdue(p_at) THEN
        UPDATE ledger SET swept = greatest(swept, p_at);
    END IF;
    RETURN cardinality(found_keys);
END $$;

-- Create the budget or change its limit. A change waits for every verb under way and holds up new ones, so that the
-- history never shows a hold above the limit of its moment.
CREATE FUNCTION put_budget(p_at bigint, p_name text, p_limit bigint, p_per text, p_tags text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER @pinned@ AS $$
DECLARE
    known budgets;
    number integer;
BEGIN
    FOR look IN 1 .. 2 LOOP  -- most guards define what is there already: that locks nothing
        SELECT * INTO known FROM budgets WHERE name = p_name;
        IF known.per <> p_per THEN
            RETURN json_build_array('other period', known.per);
        ELSIF known.limit_micros = p_limit THEN
            RETURN json_build_array('defined');
        ELSIF look = 1 THEN
            LOCK TABLE windows IN EXCLUSIVE MODE;
        END IF;
    END LOOP;
    INSERT INTO budgets (name, limit_micros, per) VALUES (p_name, p_limit, p_per)
    ON CONFLICT (name) DO UPDATE SET limit_micros = excluded.limit_micros;
    UPDATE windows SET limit_micros = p_limit WHERE budget = p_name;
    PERFORM open_windows(ARRAY[p_name], p_at);
    SELECT id INTO number FROM windows WHERE budget = p_name AND period = period_at(p_per, p_at);
    PERFORM append_note(p_at, 'define', p_limit, ARRAY[number], p_tags);
    RETURN json_build_array('defined');
END $$;

-- Press the kill switch, or let it go (`p_words` NULL). Whoever comes second changes nothing.
CREATE FUNCTION turn(p_at bigint, p_words text, p_tags text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER @pinned@ AS $$
BEGIN
    UPDATE ledger SET stopped = CASE WHEN p_words IS NOT NULL THEN json_build_array(p_at, p_words::json)::text END
    WHERE (stopped IS NULL) = (p_words IS NOT NULL);
    IF FOUND THEN
        PERFORM append_note(p_at, CASE WHEN p_words IS NULL THEN 'resume' ELSE 'stop' END, 0, '{}', p_tags);
    END IF;
    RETURN json_build_array('turned');
END $$;

-- True for whoever claims first; the token lets the same claim be made again after a lost answer. NULL: look again.
CREATE FUNCTION claim(
    p_at bigint, p_budget text, p_period text, p_per text, p_threshold text, p_token text, p_tags text
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER @pinned@ AS $$
DECLARE
    known budgets;
    owner text;
    number integer;
BEGIN
    SELECT * INTO known FROM budgets WHERE name = p_budget;
    IF NOT FOUND THEN
        RETURN json_build_array('unknown budget', p_budget);
    ELSIF known.per <> p_per THEN
        RETURN json_build_array('other period', known.per);
    END IF;
    SELECT token INTO owner FROM notices WHERE (budget, period, threshold) = (p_budget, p_period, p_threshold);
    IF FOUND THEN
        RETURN json_build_array('claimed', owner = p_token);
    END IF;
    LOCK TABLE windows IN ROW EXCLUSIVE MODE;
    INSERT INTO windows (budget, period, limit_micros)
    SELECT name, p_period, limit_micros FROM budgets WHERE name = p_budget ON CONFLICT DO NOTHING;
    SELECT id INTO number FROM windows WHERE (budget, period) = (p_budget, p_period);
    INSERT INTO notices (budget, period, threshold, token) VALUES (p_budget, p_period, p_threshold, p_token)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM append_note(p_at, 'notice', 0, ARRAY[number], p_tags);
    RETURN json_build_array('claimed', true);
END $$;
