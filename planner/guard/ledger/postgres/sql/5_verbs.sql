-- What callers call: one statement a verb, outside any transaction of theirs.
--
-- A verb commits without waiting for the disk, which lets go of its rows at once, and then, in a transaction that holds
-- nothing, waits for the disk as the server's own `synchronous_commit` says. The log is written in order: whoever is
-- answered finds its verb, and all that verb saw, after a power cut; and nobody waits for somebody else's disk.
-- A procedure that commits must run with its caller's rights; it may only call the steps, which have the owner's.

CREATE PROCEDURE hold_first(
    p_at bigint, p_key text, p_names text[], p_amounts bigint[], p_ceilings bigint[], p_lease bigint, p_tags text,
    p_lapse text, p_patience_ms integer, INOUT answer text DEFAULT NULL
) LANGUAGE plpgsql AS $$
DECLARE
    at constant bigint := @schema@.moment(p_at);
    sweeps text := 'first';
    need text;
    setting text;
    flushed pg_catalog.pg_lsn;
BEGIN
    LOOP
        setting := pg_catalog.set_config('synchronous_commit', 'off', true)
            || pg_catalog.set_config('lock_timeout', p_patience_ms::pg_catalog.text, true);
        CASE need
            WHEN 'lines' THEN answer := @schema@.open_windows(p_names, at);
            WHEN 'sweep' THEN sweeps := CASE @schema@.sweep(at, p_lapse, 100) WHEN 0 THEN 'no' ELSE 'again' END;
            ELSE answer := @schema@.grant_first(
                at, p_key, p_names, p_amounts, p_ceilings, p_lease, p_tags, sweeps);
        END CASE;
        EXIT WHEN answer NOT IN ('lines', 'sweep');
        IF need IS NULL THEN
            ROLLBACK;
            need := answer;
        ELSE
            COMMIT;
            need := NULL;
        END IF;
        answer := NULL;
    END LOOP;
    COMMIT;
    flushed := pg_catalog.pg_logical_emit_message(true, 'bursar', '');
END $$;

CREATE PROCEDURE extend(
    p_at bigint, p_key text, p_extra bigint, p_attempt integer, p_lease bigint, p_tags text,
    p_patience_ms integer, INOUT answer text DEFAULT NULL
) LANGUAGE plpgsql AS $$
DECLARE
    setting text;
    flushed pg_catalog.pg_lsn;
BEGIN
    setting := pg_catalog.set_config('synchronous_commit', 'off', true)
        || pg_catalog.set_config('lock_timeout', p_patience_ms::pg_catalog.text, true);
    answer := @schema@.lengthen(@schema@.moment(p_at), p_key, p_extra, p_attempt, p_lease, p_tags);
    COMMIT;
    flushed := pg_catalog.pg_logical_emit_message(true, 'bursar', '');
END $$;

CREATE PROCEDURE resolve(
    p_at bigint, p_key text, p_state text, p_billed bigint, p_tags text,
    p_patience_ms integer, INOUT answer text DEFAULT NULL
) LANGUAGE plpgsql AS $$
DECLARE
    setting text;
    flushed pg_catalog.pg_lsn;
BEGIN
    setting := pg_catalog.set_config('synchronous_commit', 'off', true)
        || pg_catalog.set_config('lock_timeout', p_patience_ms::pg_catalog.text, true);
    answer := @schema@.end_hold(@schema@.moment(p_at), p_key, p_state, p_billed, p_tags);
    COMMIT;
    flushed := pg_catalog.pg_logical_emit_message(true, 'bursar', '');
END $$;

CREATE PROCEDURE lapse_due(
    p_at bigint, p_lapse text, p_most integer, p_patience_ms integer, INOUT answer text DEFAULT NULL
) LANGUAGE plpgsql AS $$
DECLARE
    setting text;
    flushed pg_catalog.pg_lsn;
BEGIN
    setting := pg_catalog.set_config('synchronous_commit', 'off', true)
        || pg_catalog.set_config('lock_timeout', p_patience_ms::pg_catalog.text, true);
    answer := pg_catalog.json_build_array('lapsed', @schema@.sweep(@schema@.moment(p_at), p_lapse, p_most));
    COMMIT;
    flushed := pg_catalog.pg_logical_emit_message(true, 'bursar', '');
END $$;

CREATE PROCEDURE define(
    p_at bigint, p_name text, p_limit bigint, p_per text, p_tags text,
    p_patience_ms integer, INOUT answer text DEFAULT NULL
) LANGUAGE plpgsql AS $$
DECLARE
    setting text;
    flushed pg_catalog.pg_lsn;
BEGIN
    setting := pg_catalog.set_config('synchronous_commit', 'off', true)
        || pg_catalog.set_config('lock_timeout', p_patience_ms::pg_catalog.text, true);
    answer := @schema@.put_budget(@schema@.moment(p_at), p_name, p_limit, p_per, p_tags);
    COMMIT;
    flushed := pg_catalog.pg_logical_emit_message(true, 'bursar', '');
END $$;

CREATE PROCEDURE switch(
    p_at bigint, p_words text, p_tags text, p_patience_ms integer, INOUT answer text DEFAULT NULL
) LANGUAGE plpgsql AS $$
DECLARE
    setting text;
    flushed pg_catalog.pg_lsn;
BEGIN
    setting := pg_catalog.set_config('synchronous_commit', 'off', true)
        || pg_catalog.set_config('lock_timeout', p_patience_ms::pg_catalog.text, true);
    answer := @schema@.turn(@schema@.moment(p_at), p_words, p_tags);
    COMMIT;
    flushed := pg_catalog.pg_logical_emit_message(true, 'bursar', '');
END $$;

CREATE PROCEDURE claim_notice(
    p_at bigint, p_budget text, p_period text, p_per text, p_threshold text, p_token text, p_tags text,
    p_patience_ms integer, INOUT answer text DEFAULT NULL
) LANGUAGE plpgsql AS $$
DECLARE
    setting text;
    flushed pg_catalog.pg_lsn;
BEGIN
    LOOP
        setting := pg_catalog.set_config('synchronous_commit', 'off', true)
            || pg_catalog.set_config('lock_timeout', p_patience_ms::pg_catalog.text, true);
        answer := @schema@.claim(
            @schema@.moment(p_at), p_budget, p_period, p_per, p_threshold, p_token, p_tags);
        EXIT WHEN answer IS NOT NULL;
        ROLLBACK;
    END LOOP;
    COMMIT;
    flushed := pg_catalog.pg_logical_emit_message(true, 'bursar', '');
END $$;
