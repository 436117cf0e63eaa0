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
SELECT repeat('#', LEAST(count(*), 50)::int) FROM orders
SELECT lpad(id::text, 8, '0'), rpad(status, 20) FROM orders
SELECT concat_ws(', ', name, email, 'x', 'yyyyyyyyyyyyyyyyyyyyyyyyyy', id::text) FROM users
SELECT format('%s has %s', name, id), format('%-20s|', name) FROM users
WITH RECURSIVE t AS (SELECT id, parent_id, name AS path FROM categories WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id, t.path || ' > ' || c.name FROM categories c JOIN t ON c.parent_id = t.id) SELECT path FROM t
WITH RECURSIVE t(id, path) AS (SELECT id, ARRAY[id] FROM c WHERE p IS NULL UNION ALL SELECT c.id, path || c.id FROM c JOIN t ON c.p = t.id WHERE NOT c.id = ANY(path)) SELECT path FROM t
WITH RECURSIVE m AS (SELECT date_trunc('month', min(created_at)) AS d FROM orders UNION ALL SELECT d + interval '1 month' FROM m WHERE d < now()) SELECT d FROM m
WITH RECURSIVE m(d) AS (SELECT DATE '2024-01-01' UNION ALL SELECT (d + interval '1 day')::date FROM m WHERE d < CURRENT_DATE) SELECT d FROM m
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < (SELECT max(state) FROM orders)) SELECT n FROM r
WITH RECURSIVE r AS (SELECT 1 AS n, 1 AS f UNION ALL SELECT n + 1, f * (n + 1) FROM r WHERE n < 10) SELECT n, f FROM r
WITH RECURSIVE c AS (SELECT id FROM users UNION SELECT o.user_id FROM orders o JOIN c USING (id)) SELECT count(*) FROM c
SELECT count(*) FROM orders o, generate_series(1, 12) m
SELECT d, count(o.id) FROM generate_series(date_trunc('year', now()), now(), interval '1 day') d LEFT JOIN orders o ON o.created_at::date = d::date GROUP BY 1
SELECT x.n, (SELECT count(*) FROM orders o WHERE o.state = x.n) FROM generate_series(1, 31) x(n)
SELECT string_agg(DISTINCT status, ', ' ORDER BY status), array_agg(id) FROM orders
SELECT replace(replace(replace(name, 'a', 'b'), 'c', 'dd'), '  ', ' ') FROM users
SELECT json_agg(json_build_object('id', id, 'items', (SELECT json_agg(i.*) FROM order_items i WHERE i.order_id = o.id))) FROM orders o
SELECT regexp_replace(name, '(\w+) (\w+)', '\2 \1') FROM users
SELECT count(*) FROM unnest(ARRAY[1,2,3]) a, unnest(ARRAY['a','b']) b
SELECT s.status, d.d FROM (SELECT DISTINCT status FROM orders) s CROSS JOIN generate_series(CURRENT_DATE - 30, CURRENT_DATE, '1 day') d(d)
SELECT "from", "select", "table" FROM odd_names WHERE "where" = 1
SELECT lock_time, copy_count, call_id, do_it, notify_at FROM odd_names
SELECT 'SELECT pg_sleep(10)', 'COPY t TO PROGRAM ''id'''
SELECT count(*) AS delete, sum(amount) AS truncate FROM orders
SELECT o.set, o.reset, o.vacuum FROM orders o
SELECT n.name FROM (VALUES ('DROP TABLE x')) AS n(name)
SELECT state FROM orders WHERE state IN (-1, -2) AND amount > -3000000000
SELECT sum(amount) FILTER (WHERE created_at >= date_trunc('month', CURRENT_DATE) - interval '1 month' AND created_at < date_trunc('month', CURRENT_DATE)) FROM orders
SELECT width_bucket(amount, 0, 1000, 10) AS bucket, count(*) FROM orders GROUP BY bucket ORDER BY bucket
SELECT date_trunc('week', o.created_at) AS week, count(*) FILTER (WHERE o.created_at < u.created_at + interval '7 days') * 100.0 / NULLIF(count(*), 0) FROM orders o JOIN users u ON u.id = o.user_id GROUP BY 1 ORDER BY 1
SELECT a.status, a.n, sum(a.n) OVER (ORDER BY a.n DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM (SELECT status, count(*) AS n FROM orders GROUP BY 1) a
WITH first AS (SELECT user_id, min(created_at) AS at FROM orders GROUP BY user_id) SELECT date_trunc('month', f.at) AS cohort, count(DISTINCT o.user_id) FROM first f JOIN orders o ON o.user_id = f.user_id AND o.created_at < f.at + interval '90 days' GROUP BY 1
SELECT jsonb_path_query_first(info, '$.items[*].sku') FROM orders
SELECT t.value FROM orders o, jsonb_array_elements_text(o.info -> 'tags') AS t(value)
SELECT count(*) FROM orders o JOIN order_items i ON i.order_id = o.id JOIN users u ON u.id = o.user_id LEFT JOIN users v ON v.id = o.user_id
SELECT EXTRACT(ISODOW FROM created_at), EXTRACT(HOUR FROM created_at AT TIME ZONE 'UTC') FROM orders
SELECT (created_at AT TIME ZONE 'UTC')::date, timezone('UTC', created_at) FROM orders
SELECT regr_slope(amount, EXTRACT(EPOCH FROM created_at)) FROM orders
SELECT name FROM users WHERE name ~* '^(a|b).*z$' AND name !~ '\d'
SELECT unnest(ARRAY[1,2,3]), generate_series(1, 3)
SELECT bool_and(active), bool_or(is_test), every(active) FROM users
SELECT percentile_disc(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY amount) FROM orders
SELECT lag(status) OVER (PARTITION BY user_id ORDER BY created_at) IS DISTINCT FROM status FROM orders
SELECT count(*) FROM orders WHERE status = 'paid' AND created_at >= CURRENT_DATE - INTERVAL '30 days'
SELECT status, count(*) AS n, round(100.0 * count(*) / sum(count(*)) OVER (), 2) AS share FROM orders GROUP BY status ORDER BY n DESC
SELECT date_trunc('day', created_at)::date AS day, sum(amount) AS revenue FROM orders WHERE status <> 'new' GROUP BY 1 ORDER BY 1
SELECT u.name, sum(o.amount) AS total FROM users u JOIN orders o ON o.user_id = u.id GROUP BY u.id, u.name ORDER BY total DESC LIMIT 10
SELECT avg(amount), percentile_cont(0.9) WITHIN GROUP (ORDER BY amount) FROM orders
SELECT count(DISTINCT user_id) FILTER (WHERE created_at > now() - interval '7 days')::numeric / NULLIF(count(DISTINCT user_id), 0) FROM orders
WITH m AS (SELECT date_trunc('month', created_at) AS month, sum(amount) AS revenue FROM orders GROUP BY 1) SELECT month, revenue, round((revenue - lag(revenue) OVER (ORDER BY month)) * 100.0 / NULLIF(lag(revenue) OVER (ORDER BY month), 0), 1) AS growth FROM m ORDER BY month
WITH per_user AS (SELECT user_id, count(*) AS n FROM orders GROUP BY user_id) SELECT CASE WHEN n = 1 THEN 'once' WHEN n < 5 THEN 'some' ELSE 'many' END AS kind, count(*) FROM per_user GROUP BY 1
SELECT EXTRACT(HOUR FROM created_at) AS hour, count(*) FROM orders GROUP BY hour ORDER BY hour
SELECT avg(EXTRACT(EPOCH FROM (paid_at - created_at)) / 3600.0) AS hours FROM orders WHERE paid_at IS NOT NULL
SELECT count(*) FILTER (WHERE paid_at IS NULL) * 1.0 / NULLIF(count(*), 0) AS unpaid FROM orders
SELECT u.id FROM users u LEFT JOIN orders o ON o.user_id = u.id WHERE o.id IS NULL
SELECT u.id FROM users u WHERE u.id NOT IN (SELECT o.user_id FROM orders o WHERE o.user_id IS NOT NULL)
SELECT date_trunc('quarter', created_at), sum(amount) FROM orders GROUP BY date_trunc('quarter', created_at)
SELECT status, amount, rank() OVER (PARTITION BY status ORDER BY amount DESC) FROM orders
SELECT * FROM (SELECT o.*, row_number() OVER (PARTITION BY user_id ORDER BY created_at DESC) AS rn FROM orders o) x WHERE rn = 1
SELECT coalesce(sum(amount), 0) FROM orders WHERE false
SELECT count(*) FROM orders WHERE created_at::date = CURRENT_DATE - 1
SELECT count(*) FROM orders WHERE date_trunc('month', created_at) = date_trunc('month', CURRENT_DATE - INTERVAL '1 month')
SELECT info ->> 'city' AS city, count(*) FROM orders GROUP BY info ->> 'city' HAVING count(*) >= 3
SELECT (info ->> 'total')::numeric AS total FROM orders WHERE info ? 'total' AND jsonb_typeof(info -> 'total') = 'number'
SELECT sum((i.price_cents * i.quantity) / 100.0) FROM order_items i
SELECT o.id, sum(i.quantity) FROM orders o LEFT JOIN order_items i ON i.order_id = o.id GROUP BY o.id
SELECT max(created_at) - min(created_at) FROM orders
SELECT to_char(date_trunc('month', created_at), 'Mon YYYY') AS label, count(*) FROM orders GROUP BY date_trunc('month', created_at) ORDER BY date_trunc('month', created_at)
SELECT count(*) FROM orders o WHERE EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = o.id AND i.quantity > 10)
SELECT status, count(*) FROM orders GROUP BY status UNION ALL SELECT 'all', count(*) FROM orders
SELECT d.day, coalesce(x.n, 0) FROM (SELECT generate_series(CURRENT_DATE - 6, CURRENT_DATE, '1 day')::date AS day) d LEFT JOIN (SELECT created_at::date AS day, count(*) AS n FROM orders GROUP BY 1) x USING (day) ORDER BY d.day
SELECT sum(amount) / NULLIF(count(DISTINCT user_id), 0)::numeric AS per_user FROM orders
SELECT corr(amount, state), covar_pop(amount, state) FROM orders
SELECT ntile(4) OVER (ORDER BY amount) AS quartile, amount FROM orders
SELECT first_value(status) OVER w, last_value(status) OVER w FROM orders WINDOW w AS (PARTITION BY user_id ORDER BY created_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
SELECT split_part(email, '@', 2) AS host, count(*) FROM users GROUP BY 1 ORDER BY 2 DESC
SELECT name FROM users WHERE name ILIKE '%drop table%'
SELECT length(name), char_length(name), octet_length(name) FROM users
SELECT sum(CASE WHEN status = 'paid' THEN amount ELSE 0 END) FROM orders
SELECT greatest(max(amount), 0), least(min(amount), 100) FROM orders
SELECT make_date(EXTRACT(YEAR FROM created_at)::int, 1, 1) FROM orders
SELECT status FROM orders GROUP BY status HAVING bool_or(amount > 100)
SELECT a.user_id FROM orders a JOIN orders b ON a.user_id = b.user_id AND a.id < b.id
SELECT user_id, array_agg(DISTINCT status ORDER BY status) FROM orders GROUP BY user_id
SELECT jsonb_object_agg(status, n) FROM (SELECT status, count(*) AS n FROM orders GROUP BY status) s
SELECT EXTRACT(WEEK FROM created_at), date_part('year', created_at), count(*) FROM orders GROUP BY 1, 2
SELECT (SELECT count(*) FROM orders) * 1.0 / NULLIF((SELECT count(*) FROM users), 0)
SELECT count(*) FROM orders WHERE (status, state) IN (('paid', 1), ('done', 2))
SELECT id, amount - avg(amount) OVER () AS from_mean FROM orders
SELECT DISTINCT status FROM orders ORDER BY status
SELECT justify_interval(avg(age(paid_at, created_at))) FROM orders
SELECT trunc(avg(weight)::numeric, 1), abs(min(amount)), sign(-2), exp(1), ln(10), log(100) FROM orders
SELECT count(*) FROM orders WHERE NOT (status = 'paid' OR deleted_at IS NOT NULL)
WITH a AS (SELECT count(*) AS n FROM users), b AS (SELECT count(DISTINCT user_id) AS n FROM orders) SELECT b.n * 100.0 / NULLIF(a.n, 0) FROM a, b
SELECT 'active' AS kind, count(*) FROM users WHERE active UNION ALL SELECT 'inactive', count(*) FROM users WHERE NOT active ORDER BY 2 DESC
SELECT unnest(tags) AS tag, count(*) FROM orders GROUP BY 1 ORDER BY 2 DESC LIMIT 20
SELECT tag, count(*) FROM orders, unnest(tags) AS tag GROUP BY tag
SELECT array_length(tags, 1), tags && ARRAY['a', 'b'], 'a' = ANY (tags) FROM orders
SELECT o.id FROM orders o JOIN users u ON o.user_id = u.id OR (o.amount = u.id AND u.active)
SELECT u.id, x.created_at FROM users u JOIN LATERAL (SELECT o.created_at FROM orders o WHERE o.user_id = u.id ORDER BY o.created_at DESC LIMIT 3) x ON true
SELECT count(*) FROM orders WHERE status = 'paid' OR status = 'done' OR state IN (1, 2)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price) AS median_price, percentile_cont(ARRAY[0.25, 0.75]) WITHIN GROUP (ORDER BY price) AS quartiles FROM orders WHERE created_at >= now() - interval '90 days'
SELECT d::date AS day, COALESCE(count(o.id), 0) AS orders FROM generate_series(CURRENT_DATE - INTERVAL '29 days', CURRENT_DATE, INTERVAL '1 day') AS d LEFT JOIN orders o ON o.created_at >= d AND o.created_at < d + INTERVAL '1 day' GROUP BY d ORDER BY d
SELECT m::date AS month, sum(o.price) FROM generate_series(date_trunc('month', CURRENT_DATE) - INTERVAL '11 months', date_trunc('month', CURRENT_DATE), '1 month') m LEFT JOIN orders o ON date_trunc('month', o.created_at) = m GROUP BY m ORDER BY m
SELECT d FROM generate_series((SELECT min(created_at)::date FROM orders), (SELECT max(created_at)::date FROM orders), '1 day') d ORDER BY d
SELECT d FROM generate_series((SELECT date_trunc('month', min(created_at)) FROM orders), date_trunc('month', now()), make_interval(months => 1)) d ORDER BY d
WITH b AS (SELECT min(created_at) AS lo, max(created_at) AS hi FROM orders) SELECT d FROM b, generate_series(b.lo, b.hi, INTERVAL '1 week') d ORDER BY d
SELECT d FROM generate_series(date_trunc('year', now()), date_trunc('year', now()) + INTERVAL '1 year' - INTERVAL '1 day', INTERVAL '1' DAY) d ORDER BY d
SELECT h, count(o.id) FROM generate_series(0, 23) h LEFT JOIN orders o ON EXTRACT(HOUR FROM o.created_at) = h GROUP BY h ORDER BY h
SELECT y, count(o.id) FROM generate_series(2015, EXTRACT(YEAR FROM now())::int) y LEFT JOIN orders o ON EXTRACT(YEAR FROM o.created_at) = y GROUP BY y ORDER BY y
SELECT n, count(*) FROM generate_series(1, (SELECT max(quantity) FROM order_items)) n LEFT JOIN order_items i ON i.quantity = n GROUP BY n ORDER BY n
SELECT g * 10 AS bucket, count(o.id) FROM generate_series(0, (SELECT ceil(max(price) / 10)::int FROM orders)) g LEFT JOIN orders o ON o.price >= g * 10 AND o.price < (g + 1) * 10 GROUP BY g ORDER BY g
SELECT d FROM generate_series(to_date('20240101', 'YYYYMMDD'), to_date('20241231', 'YYYYMMDD'), '1 day') d ORDER BY d
SELECT d FROM generate_series(make_date(2024, 1, 1), make_date(2024, 12, 31), '1 day') d ORDER BY d
SELECT d FROM generate_series(CURRENT_DATE - EXTRACT(DOW FROM CURRENT_DATE)::int, CURRENT_DATE, '1 day') d ORDER BY d
SELECT d FROM generate_series(now() - interval '24 hours', now(), '01:00:00') d ORDER BY d
SELECT d FROM generate_series(now() - interval '3 hours', now(), '5 min') d ORDER BY d
SELECT d FROM generate_series((now() AT TIME ZONE 'Asia/Seoul')::date - 6, (now() AT TIME ZONE 'Asia/Seoul')::date, interval '1 day') d ORDER BY d
SELECT status, country, count(*) AS n, GROUPING(status) AS g FROM orders o JOIN users u ON u.id = o.user_id WHERE o.created_at >= now() - interval '30 days' GROUP BY GROUPING SETS ((status, country), (status), ()) ORDER BY n DESC
SELECT u.country, x.total FROM users u JOIN LATERAL (SELECT sum(o.price) AS total FROM orders o WHERE o.user_id = u.id) x ON true ORDER BY x.total DESC NULLS LAST LIMIT 10
SELECT tag, count(*) FROM orders, unnest(tags) AS tag WHERE created_at >= CURRENT_DATE - 30 GROUP BY tag ORDER BY 2 DESC
WITH RECURSIVE tree AS (SELECT id, parent_id, name, 1 AS depth FROM categories WHERE parent_id IS NULL UNION ALL SELECT c.id, c.parent_id, c.name, t.depth + 1 FROM categories c JOIN tree t ON c.parent_id = t.id) SELECT depth, count(*) FROM tree GROUP BY depth ORDER BY depth
WITH RECURSIVE up AS (SELECT id, parent_id, id AS leaf FROM categories UNION ALL SELECT c.id, c.parent_id, u.leaf FROM categories c JOIN up u ON c.id = u.parent_id) SELECT leaf, count(*) FROM up GROUP BY leaf ORDER BY 2 DESC
WITH RECURSIVE up(node, parent) AS (SELECT id, parent_id FROM categories UNION ALL SELECT up.node, c.parent_id FROM up JOIN categories c ON c.id = up.parent) SELECT node, count(*) FROM up GROUP BY node ORDER BY 2 DESC
WITH RECURSIVE tree(id, depth) AS (SELECT id, 0 FROM categories WHERE parent_id IS NULL UNION SELECT c.id, tree.depth + 1 FROM categories c, tree WHERE c.parent_id = tree.id AND tree.depth < 10) SELECT max(depth) FROM tree
WITH RECURSIVE months(m) AS (SELECT date_trunc('month', now()) - interval '11 months' UNION ALL SELECT m + interval '1 month' FROM months WHERE m < date_trunc('month', now())) SELECT m, count(o.id) FROM months LEFT JOIN orders o ON date_trunc('month', o.created_at) = m GROUP BY m ORDER BY m
WITH RECURSIVE months(m) AS (SELECT DATE '2024-01-01' UNION ALL SELECT date_trunc('month', m + interval '1 month')::date FROM months WHERE m < DATE '2024-12-01') SELECT m FROM months ORDER BY m
SELECT EXTRACT(EPOCH FROM (paid_at - created_at)) / 3600.0 AS hours, id FROM orders WHERE paid_at IS NOT NULL AND created_at >= now() - interval '7 days' ORDER BY 1 DESC LIMIT 10
SELECT (created_at AT TIME ZONE 'Asia/Seoul')::date AS day, count(*) FROM orders WHERE created_at >= now() - interval '7 days' GROUP BY 1 ORDER BY 1
SELECT date_trunc('month', created_at) AS month, sum(CASE WHEN status = 'paid' THEN price ELSE 0 END) AS paid, sum(CASE WHEN status = 'new' THEN price ELSE 0 END) AS fresh FROM orders WHERE created_at >= now() - interval '1 year' GROUP BY 1 ORDER BY 1
SELECT a.product_id, b.product_id AS other, count(*) AS together FROM order_items a JOIN order_items b ON a.order_id = b.order_id AND a.product_id <> b.product_id GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 20
SELECT u.country, count(*) FROM users u WHERE (SELECT count(*) FROM orders o WHERE o.user_id = u.id) > 3 GROUP BY u.country ORDER BY 2 DESC
SELECT status, round(100.0 * count(*) / NULLIF(sum(count(*)) OVER (), 0), 1) AS pct FROM orders WHERE created_at >= now() - interval '30 days' GROUP BY status ORDER BY pct DESC
SELECT user_id, created_at - lag(created_at) OVER (PARTITION BY user_id ORDER BY created_at) AS gap FROM orders WHERE created_at >= CURRENT_DATE - 30 ORDER BY user_id, created_at
WITH f AS (SELECT user_id, min(date_trunc('month', created_at)) AS cohort FROM orders GROUP BY user_id) SELECT f.cohort, (EXTRACT(YEAR FROM age(date_trunc('month', o.created_at), f.cohort)) * 12 + EXTRACT(MONTH FROM age(date_trunc('month', o.created_at), f.cohort)))::int AS month_no, count(DISTINCT o.user_id) FROM orders o JOIN f ON f.user_id = o.user_id GROUP BY 1, 2 ORDER BY 1, 2
SELECT width_bucket(price, 0, 1000, 10) AS bucket, count(*), min(price), max(price) FROM orders WHERE created_at >= now() - interval '1 year' GROUP BY bucket ORDER BY bucket
SELECT corr(i.quantity, i.price_cents) FROM order_items i
SELECT ntile(10) OVER (ORDER BY total DESC) AS decile, user_id, total FROM (SELECT user_id, sum(price) AS total FROM orders WHERE created_at >= now() - interval '1 year' GROUP BY user_id) x ORDER BY 1, 3 DESC
SELECT json_agg(json_build_object('status', status, 'n', n)) FROM (SELECT status, count(*) AS n FROM orders WHERE created_at >= now() - interval '7 days' GROUP BY 1) s
SELECT power(1.05, 12), exp(0.5), ln(2.5), 2 ^ 10, factorial(5)
SELECT power(max(price) / NULLIF(min(price), 0), 1.0 / 12) - 1 FROM orders WHERE price > 0 AND created_at >= now() - interval '1 year'
SELECT rpad(status, 20, '.') || lpad(count(*)::text, 6) FROM orders WHERE created_at >= now() - interval '7 days' GROUP BY status
SELECT status::char(10), count(*) FROM orders WHERE created_at >= now() - interval '7 days' GROUP BY 1
SELECT to_char(created_at, 'YYYY-"W"IW') AS week, count(*) FROM orders WHERE created_at >= now() - interval '12 weeks' GROUP BY 1 ORDER BY 1
SELECT count(*) FROM orders o JOIN users u ON u.id = o.user_id AND u.active WHERE o.created_at >= now() - interval '30 days'
SELECT a.status, b.status AS next_status, count(*) FROM orders a JOIN orders b ON a.user_id = b.user_id AND a.status IS DISTINCT FROM b.status GROUP BY 1, 2 ORDER BY 3 DESC
SELECT t.k, count(*) FROM orders, jsonb_object_keys(info) AS t(k) WHERE created_at >= now() - interval '30 days' GROUP BY 1 ORDER BY 2 DESC
SELECT count(*) FROM orders WHERE info @> '{"gift": true}' AND created_at >= now() - interval '30 days'
SELECT count(*) FROM orders WHERE created_at >= date_trunc('month', CURRENT_DATE - INTERVAL '1 month') AND created_at < date_trunc('month', CURRENT_DATE)
SELECT count(DISTINCT user_id) FILTER (WHERE created_at >= CURRENT_DATE) AS dau, count(DISTINCT user_id) FILTER (WHERE created_at >= CURRENT_DATE - 29) AS mau FROM orders WHERE created_at >= CURRENT_DATE - 29
SELECT o.* FROM orders o WHERE o.due < CURRENT_DATE AND o.paid_at IS NULL ORDER BY o.due
SELECT count(*) FROM users WHERE email LIKE '%@example.com'
SELECT count(u) FROM users u
SELECT to_jsonb(o) ->> 'status' AS s, count(*) FROM orders o WHERE created_at >= now() - interval '7 days' GROUP BY 1 ORDER BY 2 DESC
SELECT count(*) FROM orders o, LATERAL (SELECT 1 FROM users u WHERE u.id = o.user_id) x WHERE o.created_at >= now() - interval '7 days'
SELECT i.product_id, sum(i.quantity * i.price_cents) / 100.0 AS revenue FROM order_items i JOIN orders o ON o.id = i.order_id WHERE o.created_at >= now() - interval '30 days' GROUP BY 1 ORDER BY 2 DESC LIMIT 10
SELECT count(*) FROM orders WHERE created_at >= '2024-01-01' AND created_at < '2024-02-01'
SELECT count(*) FROM orders WHERE due BETWEEN '2024-01-01' AND '2024-01-31'
SELECT sum(price) FILTER (WHERE created_at >= date_trunc('year', now())) - sum(price) FILTER (WHERE created_at < date_trunc('year', now())) FROM orders WHERE created_at >= date_trunc('year', now()) - interval '1 year'
SELECT name FROM users WHERE name LIKE 'a\_b' ESCAPE '\'
SELECT name FROM users WHERE name LIKE 'a\_b' ESCAPE '\' AND name <> 'x' AND name NOT LIKE 'c' ESCAPE '\'
SELECT 'C:\', 'it''s'
SELECT n FROM generate_series(0, CURRENT_DATE - DATE '2024-01-01') n
SELECT count(*) FROM orders WHERE status = '7e12345'
SELECT power(1.0 + 0.05 / 365, 730)
SELECT n FROM generate_series(1, date_part('days', date_trunc('month', now()) + interval '1 month - 1 day')::int) n
