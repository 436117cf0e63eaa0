SELECT 1
SELECT 1;
TABLE orders
(SELECT 1)
VALUES (1), (2)
SELECT count(*) FROM orders
SELECT count(*) FROM public.orders
SELECT o.id, o.status FROM orders o
SELECT o.id FROM orders AS o WHERE o.status = 'done'
SELECT "update", "grant", "delete" FROM odd_names
SELECT deleted_at FROM orders WHERE deleted_at IS NULL
SELECT * FROM deleted_items
SELECT * FROM copy_jobs
SELECT replace(name, 'a', 'b') FROM users
SELECT 'DELETE FROM users'
SELECT '; DROP TABLE x; --'
SELECT 'it''s; DELETE FROM t'
SELECT $$ DELETE FROM t; $$
SELECT $q$ DROP TABLE t $q$
SELECT E'a\nb; COMMIT'
SELECT 1 -- DELETE FROM t
SELECT 1 /* DROP TABLE t; */
SELECT 1 /* outer /* inner */ still outer */
/* first */ SELECT 1
SELECT 1 AS pg_sleep
SELECT 1 AS "pg_read_file"
SELECT 'pg_sleep(10)'
SELECT info - 'key' FROM orders
SELECT jsonb_set(info, '{a}', '1') FROM orders
SELECT info ->> 'a', info -> 'b' -> 'c', info #>> '{a,b}' FROM orders
SELECT info ? 'a', info @> '{"a":1}'::jsonb FROM orders
SELECT '}}', ']]'
SELECT '{"a": {"b": 1}}'::jsonb
SELECT ARRAY[ ARRAY[1], ARRAY[2] ]
SELECT (ARRAY[1,2,3])[2]
SELECT (ARRAY[1,2,3])[1:2]
SELECT tags[1] FROM orders
WITH a AS (SELECT 1 AS x) SELECT x FROM a
WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT y FROM b
WITH a AS MATERIALIZED (SELECT 1 AS x) SELECT x FROM a
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT n FROM r
WITH RECURSIVE r AS (SELECT id, parent_id FROM categories WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id FROM categories c JOIN r ON c.parent_id = r.id) SELECT count(*) FROM r
WITH RECURSIVE a AS (SELECT 1 AS x) SELECT x FROM a
SELECT 1 UNION SELECT 2
SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3
(SELECT 1 ORDER BY 1 LIMIT 1) EXCEPT (SELECT 2)
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS t(id, name)
SELECT d FROM generate_series('2024-01-01'::date, '2024-12-31'::date, '1 day'::interval) AS d
SELECT n FROM generate_series(1, 1000) AS n
SELECT generate_series(1, 12)
SELECT d::date FROM generate_series(CURRENT_DATE - INTERVAL '30 days', CURRENT_DATE, INTERVAL '1 day') AS d
SELECT day, count(o.id) FROM generate_series(date_trunc('month', now()), now(), '1 day') AS day LEFT JOIN orders o ON o.created_at::date = day::date GROUP BY day
SELECT d.d FROM generate_series(1, 10) AS d(d)
SELECT x.x FROM unnest(ARRAY[1,2]) AS x
SELECT x.v, x.ordinality FROM unnest(ARRAY['a','b']) WITH ORDINALITY AS x(v, ordinality)
SELECT e.key, e.value FROM orders o, jsonb_each_text(o.info) AS e
SELECT e.value ->> 'sku' FROM orders o CROSS JOIN LATERAL jsonb_array_elements(o.info -> 'items') AS e
SELECT t.* FROM jsonb_to_recordset('[{"a":1}]') AS t(a int)
SELECT t.a FROM jsonb_to_record('{"a":1}') AS t(a int)
SELECT (jsonb_each(info)).key FROM orders
SELECT o.id, l.total FROM orders o LEFT JOIN LATERAL (SELECT sum(amount) AS total FROM order_items i WHERE i.order_id = o.id) l ON true
SELECT * FROM orders o JOIN users u ON u.id = o.user_id
SELECT * FROM orders o JOIN users u USING (user_id)
SELECT * FROM orders NATURAL JOIN users
SELECT * FROM orders o, users u WHERE o.user_id = u.id
SELECT * FROM orders o CROSS JOIN users u WHERE o.user_id = u.id
SELECT * FROM orders o FULL JOIN users u ON o.user_id = u.id AND u.active
SELECT a.n, b.n FROM (SELECT count(*) AS n FROM orders) a, (SELECT count(*) AS n FROM users) b
SELECT a.n / NULLIF(b.n, 0) FROM (SELECT count(*) AS n FROM orders) a CROSS JOIN (SELECT count(*) AS n FROM users) b
WITH total AS (SELECT sum(amount) AS t FROM orders) SELECT o.status, sum(o.amount) / max(total.t) FROM orders o CROSS JOIN total GROUP BY o.status
WITH days AS (SELECT generate_series('2024-01-01'::date, '2024-03-31', '1 day') AS d) SELECT days.d, s.status FROM days CROSS JOIN (SELECT DISTINCT status FROM orders) s
SELECT status, m FROM (SELECT DISTINCT status FROM orders) s CROSS JOIN generate_series(1, 12) m
SELECT count(*) FILTER (WHERE status = 'done') FROM orders
SELECT count(DISTINCT user_id) FROM orders
SELECT sum(amount) OVER (PARTITION BY user_id ORDER BY created_at) FROM orders
SELECT sum(amount) OVER w FROM orders WINDOW w AS (ORDER BY created_at ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
SELECT row_number() OVER (), rank() OVER (ORDER BY amount), lag(amount, 1) OVER (ORDER BY created_at) FROM orders
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) FROM orders
SELECT mode() WITHIN GROUP (ORDER BY status) FROM orders
SELECT array_agg(id ORDER BY created_at DESC) FROM orders
SELECT string_agg(status, ', ' ORDER BY status) FROM orders
SELECT status, count(*) FROM orders GROUP BY GROUPING SETS ((status), ())
SELECT status, user_id, count(*), grouping(status) FROM orders GROUP BY ROLLUP (status, user_id)
SELECT status, user_id, count(*) FROM orders GROUP BY CUBE (status, user_id)
SELECT status, count(*) FROM orders GROUP BY 1 HAVING count(*) > 5 ORDER BY 2 DESC NULLS LAST LIMIT 10 OFFSET 5
SELECT DISTINCT ON (user_id) user_id, amount FROM orders ORDER BY user_id, created_at DESC
SELECT * FROM orders FETCH FIRST 5 ROWS ONLY
SELECT * FROM orders ORDER BY id FETCH FIRST 5 ROWS WITH TIES
SELECT CASE WHEN amount > 10 THEN 'big' ELSE 'small' END FROM orders
SELECT CASE status WHEN 'a' THEN 1 END FROM orders
SELECT coalesce(amount, 0), nullif(amount, 0), greatest(1, 2), least(1, 2) FROM orders
SELECT EXTRACT(YEAR FROM created_at), EXTRACT(EPOCH FROM now() - created_at) / 86400 FROM orders
SELECT date_trunc('month', created_at AT TIME ZONE 'Asia/Seoul') FROM orders
SELECT created_at::date, created_at::timestamptz, amount::numeric(12,2), id::text FROM orders
SELECT CAST(amount AS double precision) FROM orders
SELECT date '2024-01-01' + interval '1 month'
SELECT CURRENT_DATE, CURRENT_TIMESTAMP, LOCALTIMESTAMP, CURRENT_TIME, now()
SELECT age(now(), created_at), justify_days(age(created_at)) FROM orders
SELECT to_char(created_at, 'YYYY-MM') FROM orders
SELECT TRIM(BOTH ' ' FROM name), SUBSTRING(name FROM 1 FOR 3), POSITION('a' IN name), OVERLAY(name PLACING 'x' FROM 1) FROM users
SELECT name LIKE 'a%', name ILIKE '%b', name SIMILAR TO 'a|b', name ~ '^a', name NOT LIKE 'x' ESCAPE '!' FROM users
SELECT (created_at, created_at + interval '1 day') OVERLAPS (now(), now()) FROM orders
SELECT id IN (1, 2, 3), id NOT IN (SELECT user_id FROM users) FROM orders
SELECT id = ANY (ARRAY[1, 2]), id <> ALL ('{1,2}'::int[]) FROM orders
SELECT EXISTS (SELECT 1 FROM users u WHERE u.id = o.user_id) FROM orders o
SELECT (SELECT max(amount) FROM orders)
SELECT ARRAY(SELECT id FROM orders)
SELECT id BETWEEN 1 AND 10, id NOT BETWEEN SYMMETRIC 10 AND 1 FROM orders
SELECT amount IS NULL, amount IS NOT NULL, active IS TRUE, active IS NOT FALSE, amount IS DISTINCT FROM 3 FROM orders
SELECT round(avg(amount)::numeric, 2), ceil(1.5), floor(1.5), sqrt(2), power(2, 3), mod(5, 2), width_bucket(5, 0, 10, 5) FROM orders
SELECT stddev(amount), variance(amount), corr(amount, id), regr_slope(amount, id) FROM orders
SELECT md5('a'), encode('a'::bytea, 'hex'), sha256('a'::bytea)
SELECT concat('a', 'b'), concat_ws(',', 'a', 'b'), format('%s', 1), left('abc', 2), lpad('7', 3, '0'), repeat('ab', 3), split_part('a-b', '-', 1)
SELECT regexp_replace(name, '[0-9]+', '', 'g'), regexp_matches(name, 'a') FROM users
SELECT string_to_array('a,b', ','), array_to_string(ARRAY[1,2], ','), array_length(ARRAY[1], 1), cardinality(ARRAY[1])
SELECT json_build_object('a', 1), jsonb_agg(status), to_jsonb(1), jsonb_typeof('1'::jsonb) FROM orders
SELECT jsonb_path_query_array(info, '$.a') FROM orders
SELECT to_tsvector('english', name) @@ plainto_tsquery('a') FROM users
SELECT ts_rank(to_tsvector(name), to_tsquery('a')) FROM users
SELECT int4range(1, 10) @> 5, upper(int4range(1, 3)), tstzrange(now(), now()) && tstzrange(now(), now())
SELECT '10.0.0.1'::inet << '10.0.0.0/8'::inet
SELECT point(1, 2) <-> point(3, 4)
SELECT '12.34'::money
SELECT 'a'::varchar(3), 'b'::char(1), B'101'::bit(3), '1'::smallint
SELECT name COLLATE "C" FROM users ORDER BY name COLLATE "C"
SELECT ROW(1, 2) = ROW(1, 2), (1, 2) < (2, 1)
SELECT count(*) FROM orders TABLESAMPLE BERNOULLI (10)
SELECT count(*) FROM orders TABLESAMPLE SYSTEM (10) REPEATABLE (1)
SELECT make_date(2024, 1, 1), make_interval(days => 3), to_timestamp(0), to_date('2024', 'YYYY')
SELECT pg_catalog.lower('A'), pg_catalog.count(*) FROM orders
SELECT "count"(*) FROM orders
SELECT COUNT(*), Sum(amount) FROM orders
SELECT 1 OPERATOR(pg_catalog.+) 2
SELECT - 1, + 2, 2 ^ 3, 5 % 2, @ -5, |/ 4, 1 & 3, 1 | 2, 1 # 3, ~ 1, 1 << 2, 'a' || 'b'
SELECT NULL, TRUE, 1.5e3, 'x'::text, U&'d\0061ta'
SELECT $a1$ x $a1$
SELECT o.user_id, o.total FROM (SELECT user_id, sum(amount) AS total FROM orders GROUP BY user_id) o WHERE o.total > 100
SELECT u.name FROM users u WHERE NOT EXISTS (SELECT FROM orders o WHERE o.user_id = u.id)
SELECT month, revenue, revenue - lag(revenue) OVER (ORDER BY month) FROM (SELECT date_trunc('month', created_at) AS month, sum(amount) AS revenue FROM orders GROUP BY 1) m
SELECT * FROM (orders o JOIN users u ON u.id = o.user_id) AS j WHERE j.amount > 1
SELECT count(o) FROM orders o
SELECT count(o.*) FROM orders o
SELECT row_to_json(o) FROM orders o
SELECT o."Weird Name" FROM "Order Table" o
SELECT public.orders.id FROM public.orders
SELECT 1 WHERE true
SELECT FROM orders
SELECT sum(sum(amount)) OVER () FROM orders
SELECT n FROM generate_series(1, 5) n WHERE n % 2 = 0
SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(3, 4)) AS t(a, b)
SELECT date_part('dow', created_at), date_bin('15 minutes', created_at, '2024-01-01') FROM orders
SELECT 100.0 * count(*) FILTER (WHERE active) / NULLIF(count(*), 0) FROM users
SELECT num_nonnulls(1, NULL), num_nulls(1, NULL)
SELECT starts_with(name, 'a'), strpos(name, 'b'), reverse(name), initcap(name), btrim(name) FROM users
SELECT cume_dist() OVER (ORDER BY amount), ntile(4) OVER (ORDER BY amount), first_value(amount) OVER (ORDER BY id) FROM orders
SELECT isfinite(created_at), date_trunc('week', created_at)::date FROM orders
SELECT * FROM orders WHERE created_at >= now() - interval '7 days' AND created_at < now()
SELECT jsonb_build_object('a', (SELECT count(*) FROM orders))
WITH RECURSIVE d(day) AS (SELECT DATE '2024-01-01' UNION ALL SELECT day + 1 FROM d WHERE day < DATE '2024-01-31') SELECT count(*) FROM d
