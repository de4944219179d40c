-- The evidence log on PostgreSQL: what SQLite's triggers say, said to the server.
--
-- Run once as the owner of the tables, after the server made them on its first start:
--   psql -v role=counter -f deploy/evidence-log.sql DATABASE
-- Then the server must sign in as that role, which owns nothing: an owner could take
-- the triggers away again.

CREATE OR REPLACE FUNCTION evidence_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the evidence log only grows' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE OR REPLACE FUNCTION evidence_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.place <> (SELECT coalesce(max(place) + 1, 0) FROM entries) THEN
    RAISE EXCEPTION 'the evidence log only grows' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS entries_in_order ON entries;
CREATE TRIGGER entries_in_order BEFORE INSERT ON entries
  FOR EACH ROW EXECUTE FUNCTION evidence_in_order();

DROP TRIGGER IF EXISTS entries_only_grow ON entries;
CREATE TRIGGER entries_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_only_grows();

DROP TRIGGER IF EXISTS nodes_only_grow ON nodes;
CREATE TRIGGER nodes_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON nodes
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_only_grows();

DROP TRIGGER IF EXISTS checkpoints_only_grow ON checkpoints;
CREATE TRIGGER checkpoints_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION evidence_only_grows();

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"role";
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO :"role";
REVOKE UPDATE, DELETE, TRUNCATE ON entries, nodes, checkpoints FROM :"role";
