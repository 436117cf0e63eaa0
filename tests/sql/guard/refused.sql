guard.statement_count	
guard.statement_count	;
guard.statement_count	;;
guard.statement_count	-- nothing
guard.statement_count	/* nothing */
guard.statement_count	SELECT 1; SELECT 2
guard.statement_count	SELECT 1; DELETE FROM orders
guard.statement_count	COMMIT; DROP TABLE orders
guard.statement_count	SELECT 1;; SELECT 2
guard.statement_count	SELECT '\'; DROP TABLE orders; --'
guard.write	INSERT INTO orders VALUES (1)
guard.write	UPDATE orders SET status = 'x'
guard.write	DELETE FROM orders
guard.write	MERGE INTO orders o USING users u ON o.id = u.id WHEN MATCHED THEN DELETE
guard.write	TRUNCATE orders
guard.write	DROP TABLE orders
guard.write	CREATE TABLE t (a int)
guard.write	CREATE TABLE t AS SELECT 1
guard.write	CREATE VIEW v AS SELECT 1
guard.write	CREATE INDEX i ON orders (id)
guard.write	CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'
guard.write	CREATE EXTENSION dblink
guard.write	ALTER TABLE orders ADD COLUMN x int
guard.write	ALTER ROLE postgres SUPERUSER
guard.write	GRANT ALL ON orders TO public
guard.write	REFRESH MATERIALIZED VIEW v
guard.write	COMMENT ON TABLE orders IS 'x'
guard.write	COPY orders TO '/tmp/x'
guard.write	COPY (SELECT 1) TO PROGRAM 'id'
guard.write	VACUUM orders
guard.write	REINDEX TABLE orders
guard.write	CLUSTER orders
guard.write	DO $$ BEGIN DELETE FROM orders; END $$
guard.write	CALL p()
guard.statement	EXPLAIN SELECT 1
guard.statement	EXPLAIN ANALYZE DELETE FROM orders
guard.statement	SHOW server_version
guard.statement	SET statement_timeout = 0
guard.statement	SET ROLE postgres
guard.statement	RESET ALL
guard.statement	BEGIN
guard.statement	COMMIT
guard.statement	ROLLBACK
guard.statement	LOCK TABLE orders
guard.statement	NOTIFY c
guard.statement	LISTEN c
guard.statement	PREPARE p AS SELECT 1
guard.statement	EXECUTE p
guard.statement	DEALLOCATE p
guard.statement	DECLARE c CURSOR FOR SELECT 1
guard.statement	FETCH 1 FROM c
guard.statement	DISCARD ALL
guard.statement	CHECKPOINT
guard.statement	LOAD 'x'
guard.write	WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d
guard.write	WITH d AS (INSERT INTO orders VALUES (1) RETURNING id) SELECT id FROM d
guard.write	WITH d AS (UPDATE orders SET id = 1 RETURNING id) SELECT id FROM d
guard.write	SELECT * FROM (WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d) x
guard.write	SELECT 1 UNION (WITH d AS (DELETE FROM orders RETURNING 1) SELECT 1 FROM d)
guard.write	WITH a AS (WITH d AS (DELETE FROM orders RETURNING 1) SELECT 1 FROM d) SELECT * FROM a
guard.write	WITH d AS (SELECT 1) DELETE FROM orders
guard.write	WITH d AS (SELECT 1) INSERT INTO orders SELECT * FROM d
guard.into	SELECT * INTO copy FROM orders
guard.into	SELECT 1 INTO TEMP t
guard.into	SELECT 1 INTO t UNION SELECT 2
guard.lock	SELECT * FROM orders FOR UPDATE
guard.lock	SELECT * FROM orders FOR NO KEY UPDATE
guard.lock	SELECT * FROM orders FOR SHARE
guard.lock	SELECT * FROM orders FOR KEY SHARE SKIP LOCKED
guard.lock	SELECT * FROM (SELECT * FROM orders FOR UPDATE) o
guard.lock	WITH o AS (SELECT * FROM orders FOR UPDATE NOWAIT) SELECT * FROM o
guard.function	SELECT pg_sleep(10)
guard.function	SELECT PG_Sleep(10)
guard.function	SELECT "pg_sleep"(10)
guard.function	SELECT U&"pg_sl\0065ep"(10)
guard.function	SELECT pg_catalog.pg_sleep(10)
guard.function	SELECT "PG_Sleep"(10)
guard.function	SELECT evil.lower('x')
guard.function	SELECT public.count(1)
guard.function	SELECT pg_read_file('/etc/passwd')
guard.function	SELECT U&"pg_re\0061d_file"('/etc/passwd')
guard.function	SELECT pg_ls_dir('/')
guard.function	SELECT pg_read_binary_file('/etc/passwd')
guard.function	SELECT lo_import('/etc/passwd')
guard.function	SELECT lo_export(1, '/tmp/x')
guard.function	SELECT lo_from_bytea(0, 'x')
guard.function	SELECT lo_get(1)
guard.function	SELECT nextval('s')
guard.function	SELECT currval('s')
guard.function	SELECT lastval()
guard.function	SELECT setval('s', 1)
guard.function	SELECT set_config('a.b', 'c', false)
guard.function	SELECT current_setting('data_directory')
guard.function	SELECT pg_advisory_lock(1)
guard.function	SELECT pg_notify('a', 'b')
guard.function	SELECT pg_terminate_backend(1)
guard.function	SELECT pg_cancel_backend(1)
guard.function	SELECT pg_reload_conf()
guard.function	SELECT pg_switch_wal()
guard.function	SELECT pg_logical_emit_message(false, 'a', 'b')
guard.function	SELECT pg_export_snapshot()
guard.function	SELECT txid_current()
guard.function	SELECT pg_current_xact_id()
guard.function	SELECT query_to_xml('DELETE FROM orders', true, true, '')
guard.function	SELECT table_to_xml('orders', true, true, '')
guard.function	SELECT database_to_xml(true, true, '')
guard.function	SELECT cursor_to_xml('c', 1, true, true, '')
guard.function	SELECT * FROM ts_stat('SELECT 1')
guard.function	SELECT ts_rewrite('a'::tsquery, 'SELECT 1')
guard.function	SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)
guard.function	SELECT dblink_exec('x', 'DELETE FROM t')
guard.function	SELECT * FROM crosstab('SELECT 1') AS t(a int)
guard.function	SELECT version()
guard.function	SELECT inet_server_addr()
guard.function	SELECT has_table_privilege('orders', 'select')
guard.function	SELECT obj_description(1)
guard.function	SELECT setseed(0.5)
guard.function	SELECT gen_random_uuid()
guard.function	SELECT random()
guard.function	SELECT to_regclass('pg_authid')
guard.function	SELECT xpath('/a', '<a/>')
guard.function	SELECT pg_stat_reset()
guard.function	SELECT pg_create_physical_replication_slot('x')
guard.function	SELECT my_function(1)
guard.function	SELECT IFNULL(a, b) FROM orders
guard.function	SELECT DATEDIFF(a, b) FROM orders
guard.function	SELECT x.pg_read_file FROM unnest(ARRAY['/etc/passwd']) x
guard.function	SELECT (0.1::float8).pg_sleep
guard.function	SELECT ('/etc/passwd'::text).pg_read_file
guard.function	SELECT (array_agg(id)).my_function FROM orders
guard.function	SELECT "unnest".pg_ls_dir FROM unnest(ARRAY['/'])
guard.function	SELECT x.pg_sleep, 1 AS pg_sleep FROM unnest(ARRAY[0.1::float8]) x
guard.function	SELECT x.evil FROM generate_series(1, 2) x
guard.function	SELECT y.pg_sleep FROM orders y, unnest(ARRAY[1.0]) y
guard.function	SELECT count(*) FROM orders TABLESAMPLE evil(10)
guard.operator	SELECT 1 OPERATOR(evil.+) 1
guard.operator	SELECT 1 <+> 1
guard.operator	SELECT a <=> b FROM orders
guard.operator	SELECT a FROM orders ORDER BY a USING OPERATOR(evil.<)
guard.operator	SELECT a == b FROM orders
guard.type	SELECT 'pg_authid'::regclass
guard.type	SELECT 'lower'::regproc
guard.type	SELECT 'postgres'::regrole
guard.type	SELECT 1::oid::regclass
guard.type	SELECT CAST('x' AS evil_type)
guard.type	SELECT 'x'::evil.text
guard.type	SELECT t.a FROM jsonb_to_record('{}') AS t(a regclass)
guard.type	SELECT ARRAY['x']::regclass[]
guard.type	SELECT '<a/>'::xml
guard.catalog	SELECT * FROM pg_authid
guard.catalog	SELECT * FROM pg_shadow
guard.catalog	SELECT * FROM pg_catalog.pg_user
guard.catalog	SELECT * FROM pg_stat_activity
guard.catalog	SELECT * FROM public.pg_stat_statements
guard.catalog	SELECT * FROM pg_settings
guard.catalog	SELECT * FROM information_schema.tables
guard.catalog	SELECT * FROM "information_schema"."columns"
guard.catalog	SELECT * FROM "pg_proc"
guard.catalog	SELECT * FROM U&"pg_\0061uthid"
guard.catalog	SELECT * FROM pg_toast.pg_toast_1
guard.catalog	SELECT * FROM pg_temp.t
guard.catalog	SELECT * FROM pg_largeobject
guard.catalog	TABLE pg_shadow
guard.catalog	SELECT (SELECT count(*) FROM pg_class)
guard.catalog	SELECT 1 WHERE EXISTS (SELECT 1 FROM pg_roles)
guard.catalog	SELECT 1 UNION SELECT passwd FROM pg_shadow
guard.catalog	WITH pg_authid AS (SELECT 1) SELECT 1
guard.catalog	SELECT * FROM otherdb.public.orders
guard.session	SELECT current_user
guard.session	SELECT session_user
guard.session	SELECT user
guard.session	SELECT current_role
guard.session	SELECT current_catalog
guard.session	SELECT current_schema
guard.parameter	SELECT * FROM orders WHERE id = $1
guard.parameter	SELECT $2::int
guard.template	SELECT * FROM orders WHERE id = {{id}}
guard.template	SELECT '{{id}}'
guard.template	SELECT 1 [[ WHERE id = 1 ]]
guard.template	SELECT '[[x]]'
guard.template	SELECT ARRAY[[1,2],[3,4]]
guard.template	SELECT 1 -- {{snippet: x}}
guard.construct	SELECT xmlelement(name a)
guard.construct	SELECT xmlparse(content '<a/>')
guard.construct	SELECT * FROM XMLTABLE('/a' PASSING '<a/>' COLUMNS b int)
guard.construct	SELECT '<a/>' IS DOCUMENT
guard.product	SELECT count(*) FROM orders, users
guard.product	SELECT count(*) FROM orders CROSS JOIN users
guard.product	SELECT * FROM orders a, orders b, orders c
guard.product	SELECT * FROM orders o JOIN users u ON true
guard.product	SELECT * FROM orders o JOIN users u ON o.status = 'x'
guard.product	SELECT * FROM orders o JOIN users u ON o.user_id = u.id, items i
guard.product	SELECT (SELECT count(*) FROM orders, users)
guard.product	WITH a AS (SELECT * FROM orders, users) SELECT count(*) FROM a
guard.product	WITH a AS (SELECT * FROM orders) SELECT * FROM a, a b
guard.product	SELECT * FROM (SELECT id FROM orders GROUP BY id) a, users
guard.recursion	WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n FROM r
guard.recursion	WITH RECURSIVE r AS (SELECT 1 AS n UNION SELECT n + 1 FROM r WHERE true) SELECT n FROM r LIMIT 5
guard.recursion	WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE 1 < 2) SELECT n FROM r
guard.recursion	WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT r.n FROM r, generate_series(1, 2) g) SELECT n FROM r
guard.generated_rows	SELECT generate_series(1, 1000000000)
guard.generated_rows	SELECT * FROM generate_series(1, 1e12)
guard.generated_rows	SELECT * FROM generate_series(1, 10^9)
guard.generated_rows	SELECT * FROM generate_series(1, 1000 * 1000 * 1000)
guard.generated_rows	SELECT * FROM generate_series(1, '1000000000'::bigint)
guard.generated_rows	SELECT * FROM generate_series(1, ('1' || '000000000')::bigint)
guard.generated_rows	SELECT * FROM generate_series('2000-01-01'::timestamp, '2024-01-01'::timestamp, '1 second')
guard.generated_rows	SELECT * FROM generate_series(now() - interval '1 year', now(), '1 second')
guard.generated_rows	SELECT * FROM generate_series(1, 10000) a, generate_series(1, 10000) b
guard.generated_rows	WITH a AS (SELECT generate_series(1, 10000) x) SELECT * FROM a, a b
guard.generated_rows	SELECT * FROM (SELECT generate_series(1, 10000) x) a CROSS JOIN generate_series(1, 10000) b
guard.generated_rows	SELECT generate_series(1, 100000, 0.001)
guard.generated_rows	SELECT repeat('x', 1000000000)
guard.generated_rows	SELECT repeat(repeat('x', 10000), 10000)
guard.generated_rows	SELECT lpad('x', 100000000)
guard.generated_rows	SELECT rpad('x', 10^8::int)
guard.generated_rows	SELECT array_fill(1, ARRAY[10000, 10000])
guard.generated_rows	SELECT format('%1000000000s', 'x')
guard.joins	SELECT 1 FROM a JOIN b ON a.x = b.x JOIN c ON b.x = c.x JOIN d ON c.x = d.x JOIN e ON d.x = e.x JOIN f ON e.x = f.x JOIN g ON f.x = g.x JOIN h ON g.x = h.x JOIN i ON h.x = i.x JOIN j ON i.x = j.x JOIN k ON j.x = k.x JOIN l ON k.x = l.x JOIN m ON l.x = m.x JOIN n ON m.x = n.x
syntax.error	SELECT FROM WHERE
syntax.error	SELEC 1
syntax.error	SELECT * FROM
syntax.error	SELECT 'open
syntax.error	SELECT 1 /* open
syntax.error	SELECT "open
syntax.error	SELECT (1
syntax.error	SELECT `a` FROM orders
syntax.error	SELECT a FROM orders LIMIT 1, 2
guard.generated_rows	SELECT repeat('x', (SELECT 900000000))
guard.generated_rows	SELECT repeat('x', n) FROM (VALUES (900000000)) v(n)
guard.generated_rows	SELECT repeat('x', id * 100000000) FROM orders
guard.generated_rows	SELECT lpad('x', (SELECT max(id) FROM orders)::int)
guard.generated_rows	SELECT format('%*s', 100000000, 'x')
guard.generated_rows	SELECT format(name, 'x') FROM users
guard.generated_rows	SELECT format('%' || '900000000s', 'x')
guard.generated_rows	SELECT replace(repeat('x', 50000), 'x', repeat('y', 50000))
guard.generated_rows	WITH a AS (SELECT repeat('x', 1000) AS t), b AS (SELECT t || t || t || t || t || t || t || t || t || t AS t FROM a), c AS (SELECT t || t || t || t || t || t || t || t || t || t AS t FROM b) SELECT t || t FROM c
guard.recursion	WITH RECURSIVE r AS (SELECT 'x' AS t, 1 AS n UNION ALL SELECT t || t, n + 1 FROM r WHERE n < 40) SELECT length(t) FROM r
guard.recursion	WITH RECURSIVE r(a, b, n) AS (SELECT 'x', 'y', 1 UNION ALL SELECT a || b, b || a, n + 1 FROM r WHERE n < 40) SELECT max(length(a)) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, generate_series(1, 2) g WHERE n < 40) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r CROSS JOIN (VALUES (1), (2)) v(x) WHERE n < 40) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r WHERE n < 10) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 0 FROM r WHERE n < 10) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n - 1 FROM r WHERE n < 10) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT 1 FROM r WHERE n < 10) SELECT count(*) FROM r
guard.generated_rows	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 1000000000) SELECT count(*) FROM r
guard.generated_rows	WITH RECURSIVE r(n) AS (SELECT -1000000000 UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT count(*) FROM r
guard.generated_rows	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 0.000001 FROM r WHERE n < 10) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r, orders WHERE n < 5) SELECT count(*) FROM r
guard.generated_rows	WITH RECURSIVE r(d) AS (SELECT DATE '2000-01-01' UNION ALL SELECT d + interval '1 second' FROM r WHERE d < DATE '2024-01-01') SELECT count(*) FROM r
guard.generated_rows	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 50000) SELECT count(*) FROM r a, r b
guard.generated_rows	SELECT count(*) FROM (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) a(x), (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) b(x), (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) c(x), (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) d(x), (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) e(x), (VALUES (1),(2)) f(x)
guard.generated_rows	SELECT (SELECT count(*) FROM generate_series(1, 100000) a WHERE a > b) FROM generate_series(1, 100000) b
guard.generated_rows	SELECT count(*) FROM unnest(array_fill(1, ARRAY[90000])) a, unnest(array_fill(1, ARRAY[90000])) b
guard.generated_rows	SELECT count(*) FROM string_to_table(repeat('a,', 40000), ',') a, string_to_table(repeat('a,', 40000), ',') b
guard.generated_rows	SELECT 1 + generate_series(1, 1000000000)
guard.generated_rows	SELECT * FROM generate_series(1, (SELECT 1000000000))
guard.generated_rows	SELECT generate_series(-1000000000, 1)
guard.generated_rows	SELECT g FROM (SELECT 1000000000 AS x) n, generate_series(1, n.x) g
guard.generated_rows	SELECT string_agg(repeat('x', 1000), '') FROM generate_series(1, 100000)
guard.generated_rows	SELECT array_to_string(array_fill(''::text, ARRAY[90000]), repeat('x', 10000))
guard.generated_rows	SELECT encode(encode(encode(encode(encode(encode(encode(encode(encode(repeat('x', 1000)::bytea, 'hex')::bytea, 'hex')::bytea, 'hex')::bytea, 'hex')::bytea, 'hex')::bytea, 'hex')::bytea, 'hex')::bytea, 'hex')::bytea, 'hex')
guard.generated_rows	SELECT * FROM generate_series(now() - interval '100000 years', now(), '1 day')
guard.product	SELECT * FROM orders o JOIN users u ON o.user_id = u.id OR true
guard.product	SELECT * FROM orders o JOIN users u ON o.user_id = u.id OR o.status = 'x'
guard.product	SELECT * FROM orders o, LATERAL (SELECT * FROM users ORDER BY name) u
guard.function	SELECT TREAT(0.1 AS pg_sleep)
guard.function	SELECT pg_sleep/**/(1)
guard.function	SELECT U&"pg!005fsleep" UESCAPE '!' (1)
guard.function	SELECT pg_sleep FROM pg_sleep(1)
guard.function	SELECT * FROM orders, LATERAL pg_sleep(1) x
guard.function	SELECT COLLATION FOR ('a')
guard.type	SELECT tableoid::regclass FROM orders
guard.type	SELECT x::information_schema.sql_identifier FROM orders
guard.type	SELECT NULL::orders
guard.generated_rows	WITH a AS (SELECT 1 UNION ALL SELECT 2), b AS (SELECT 1 FROM a, a x), c AS (SELECT 1 FROM b, b x), d AS (SELECT 1 FROM c, c x), e AS (SELECT 1 FROM d, d x) SELECT count(*) FROM e, e x
guard.generated_rows	SELECT 'x'::char(10000000)
guard.generated_rows	SELECT string_agg(0::bit(80000000)::text, '') FROM generate_series(1, 10)
guard.generated_rows	SELECT 10.0 ^ 131071
guard.generated_rows	SELECT power(10.0, 131071)
guard.generated_rows	SELECT exp(200000.0)
guard.generated_rows	SELECT sqrt(1e131000)
guard.generated_rows	SELECT '1e131000'::numeric
guard.generated_rows	SELECT factorial(32177)
guard.generated_rows	SELECT sum(factorial(state)) FROM orders
guard.generated_rows	SELECT array_agg(g) OVER (ORDER BY g) FROM generate_series(1, 100000) g
guard.generated_rows	SELECT string_agg(repeat('x', 90000), '') FROM orders
guard.generated_rows	SELECT repeat('x', amount), 5 FROM orders
guard.generated_rows	SELECT repeat('x', o.amount) FROM (SELECT 5 AS amount) x, orders o
guard.generated_rows	SELECT count(*) FROM orders, generate_series(1, id * 1000000000) g
guard.generated_rows	SELECT count(*) FROM generate_series(1, (SELECT count(*) * 1000000 FROM orders)) g
guard.generated_rows	SELECT count(*) FROM generate_series(1, (SELECT max(id) + 1000000000 FROM orders)) g
guard.generated_rows	SELECT count(*) FROM generate_series(now(), 'infinity'::timestamptz, '1 day') g
guard.generated_rows	SELECT count(*) FROM generate_series('2000-01-01'::timestamp, 'infinity', '1 day') g
guard.generated_rows	SELECT count(*) FROM generate_series(to_timestamp(0), to_timestamp(1e11), '1 day') g
guard.generated_rows	SELECT count(*) FROM generate_series(make_date(1, 1, 1), make_date(5000, 1, 1), '1 minute') g
guard.generated_rows	SELECT count(*) FROM generate_series((SELECT min(created_at) FROM orders), now() + interval '100000 years', '1 day') g
guard.generated_rows	SELECT count(*) FROM generate_series((SELECT min(created_at) FROM orders), now() + make_interval(years => 100000), '1 day') g
guard.generated_rows	SELECT count(*) FROM generate_series('2000-01-01'::timestamp, '2001-01-01'::timestamp, make_interval(secs => 0.001)) g
guard.generated_rows	SELECT count(*) FROM generate_series('2000-01-01'::timestamp, '2001-01-01'::timestamp, '1 day'::interval / 86400000) g
guard.generated_rows	SELECT count(*) FROM generate_series('2000-01-01'::timestamp, '2001-01-01'::timestamp, 'PT0.001S') g
guard.generated_rows	SELECT count(*) FROM generate_series('2000-01-01'::timestamp, '2001-01-01'::timestamp, '00:00:00.01') g
guard.generated_rows	SELECT count(*) FROM generate_series('2000-01-01'::timestamp, '2020-01-01'::timestamp, interval '1' second) g
guard.generated_rows	SELECT count(*) FROM generate_series('2000-01-01'::timestamp, '2020-01-01'::timestamp, '1 us') g
guard.generated_rows	SELECT count(*) FROM generate_series(1, 2, (SELECT 0.0000001)) g
guard.generated_rows	SELECT count(*) FROM generate_series(1, (VALUES (1000000000))) g
guard.generated_rows	SELECT count(*) FROM jsonb_to_record('{"a":1000000000}') AS t(a int), generate_series(1, t.a) g
guard.generated_rows	SELECT count(*) FROM unnest(ARRAY[1000000000]) n, generate_series(1, n) g
guard.generated_rows	SELECT count(*) FROM generate_series(1, 1) a, LATERAL (SELECT a * 1000000000 AS n) b, generate_series(1, b.n) g
guard.generated_rows	SELECT count(*) FROM orders GROUP BY CUBE (id, user_id, status, amount, state, weight, due, created_at)
guard.generated_rows	SELECT count(*) FROM orders GROUP BY CUBE (id, user_id, status), CUBE (amount, state, weight), ROLLUP (due, created_at)
guard.product	SELECT count(*) FROM orders a JOIN orders b ON a.id <> b.id
guard.product	SELECT count(*) FROM orders a JOIN orders b ON a.id IS DISTINCT FROM b.id
guard.product	SELECT count(*) FROM orders a JOIN orders b ON NOT a.id = b.id
guard.product	SELECT count(*) FROM orders a JOIN orders b ON coalesce(a.id, b.id) IS NOT NULL
guard.product	SELECT count(*) FROM orders a JOIN orders b ON a.id = b.id OR a.id <> b.id
guard.product	SELECT count(*) FROM orders a, LATERAL (SELECT a.id, b.id AS other FROM users b) y
guard.recursion	WITH RECURSIVE r(n) AS (SELECT id FROM c UNION ALL SELECT r.n FROM c JOIN r ON c.id = r.n) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT id FROM c UNION ALL SELECT c.id FROM c JOIN r ON c.id = r.n) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(d) AS (SELECT TIMESTAMP '2020-01-01' UNION ALL SELECT date_trunc('year', d + interval '1 day') FROM r WHERE d < now()) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(d) AS (SELECT TIMESTAMP '2020-01-01' UNION ALL SELECT date_trunc('month', d) + interval '1 day' FROM r WHERE d < now()) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(d) AS (SELECT DATE '2020-01-01' UNION ALL SELECT (d + interval '1 hour')::date FROM r WHERE d < now()) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT (n + 0.4)::int FROM r WHERE n < 100) SELECT count(*) FROM r
guard.recursion	WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n * -1 + 1 FROM r WHERE n < 100) SELECT count(*) FROM r
guard.construct	SELECT 'x\', ' , pg_sleep(1) --'
guard.construct	SELECT 'x\' AS a, ' UNION SELECT passwd FROM pg_shadow --'
