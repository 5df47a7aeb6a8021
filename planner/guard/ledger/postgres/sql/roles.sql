-- Two roles for the ledger in schema @schema@. Run this as the schema's owner, then let people and programs join
-- them: GRANT @guard@ TO my_application; they log in as themselves.
--
-- @guard@ calls the verbs and looks at everything; @reader@ only looks. Neither can write to a table: the verbs
-- run with their owner's rights. A verb that waits for a lock or a disk too long is given up by the server.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '@guard@') THEN
        CREATE ROLE @guard@ NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '@reader@') THEN
        CREATE ROLE @reader@ NOLOGIN;
    END IF;
END $$;
GRANT USAGE ON SCHEMA @schema@ TO @guard@, @reader@;
GRANT SELECT ON ALL TABLES IN SCHEMA @schema@ TO @guard@, @reader@;
GRANT EXECUTE ON FUNCTION @schema@.moment(bigint), @schema@.period_at(text, bigint) TO @guard@, @reader@;
GRANT EXECUTE ON FUNCTION
    @schema@.open_windows, @schema@.grant_first, @schema@.lengthen, @schema@.end_hold, @schema@.sweep,
    @schema@.put_budget, @schema@.turn, @schema@.claim TO @guard@;
GRANT EXECUTE ON PROCEDURE
    @schema@.hold_first, @schema@.extend, @schema@.resolve, @schema@.lapse_due,
    @schema@.define, @schema@.switch, @schema@.claim_notice TO @guard@;
