-- The bundled sample: one year of a small business, made by a fixed program.
--
-- "Till & Co" sells a till (`purchase`) with a monthly plan (`renewal`) and a
-- card reader (`addon`) to small shops: on the web, by phone and in one
-- showroom.  5,000 customers, 2025-01-01 to 2025-12-31 UTC.
--
--     psql -1 -f demo/sample.sql       makes the tables events, sample_truth
--
-- The same rows everywhere: random numbers are an integer hash of a counter,
-- all arithmetic is on integers, nothing reads a clock, a setting or the
-- server version.  Takes a few seconds.  It stops at a table "events" that is
-- already there.
--
-- EVENTS (customer_id, ts, event, channel, value)
--   web      visit  blog  guide  features  case_studies  pricing  signup  trial
--            login  webinar
--   ads      ad_click/spring|brand|autumn|retarget
--   email    email_open/x, email_click/x   x = welcome tips story offer
--            onboarding newsletter addon winback
--   CRM      quote   demo_call       store    store_visit
--   money    purchase  addon  renewal  refund (negative)
--   support  support_ticket          survey   nps (value is a score, no money)
--   churn    cancel
--   channels google_ads facebook email organic direct referral store phone crm
--
-- PLANTED TRUTHS (test/pgtap/sample.sql asserts each one; "about" because they
-- are drawn, not placed)
--   1  Four archetypes; the true label is in sample_truth(customer_id, archetype).
--        ad_bouncer  about 36 %  ads, a look, gone          about  4 % buy
--        researcher  about 30 %  reads, compares, returns   about 14 % buy
--        nurtured    about 22 %  guide, then emails         about 18 % buy
--        showroom    about 12 %  store, quote, call         about 30 % buy
--      Revenue per customer rises in the same order.
--   2  case_studies then pricing in one session: these customers buy about 3
--      times as often as all do.  Both pages, but in different sessions: no
--      more than any other researcher.
--   3  The pricing page: about 60 % of the customers reach it, and about 80 %
--      of the sessions that contain it end on it.
--   4  Who buys within 7 days of the first contact is worth about 40 % more.
--   5  Churn peaks 30-45 days after the purchase; a support ticket in the ten
--      days before is the warning.
--   6  The best 20 % of buyers by revenue attended a webinar much more often
--      than the worst 20 %.
--   7  addon within 45 days of the purchase: about 12 % unprompted, about
--      three times that after email_open/addon (sent to a random half).
--   8  Nurtured buyers: three email clicks before the purchase is by far the
--      most frequent number.
--   9  First contact: organic and google_ads, then facebook; store about 9 %.
--  10  Kept at 90 and 180 days: referral and store best, paid ads worst.
--
-- MESSY ON PURPOSE, in small doses
--   exact duplicate rows (about 0.4 %, none with money) · rows without channel (about 1.6 %) ·
--   store visits known by day only, so at 00:00:00 · 9 rows dated 2052 instead
--   of 2025 · 'Purchase ' for some phone orders and 'Visit' for one day's
--   visits: names that differ only in case or spaces.

\set ON_ERROR_STOP 1

CREATE TABLE events (
	customer_id bigint NOT NULL,
	ts          timestamptz NOT NULL,
	event       text NOT NULL,
	channel     text,
	value       double precision
);

CREATE TABLE sample_truth (
	customer_id bigint PRIMARY KEY,
	archetype   text NOT NULL
);

-- What is drawn, t in seconds since the start of the year.
CREATE TEMPORARY TABLE sample_raw (
	seq         bigserial PRIMARY KEY,
	customer_id bigint,
	t           bigint,
	event       text,
	channel     text,
	value       numeric
);

CREATE TEMPORARY SEQUENCE sample_counter CACHE 1000;

-- An integer from lo to hi: a 32-bit mix of the next counter value.
CREATE FUNCTION pg_temp.draw(lo bigint, hi bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	h bigint := (nextval('sample_counter') * 2654435761) & 4294967295;
BEGIN
	h := ((h # (h >> 16)) * 73244475) & 4294967295;
	h := ((h # (h >> 16)) * 73244475) & 4294967295;
	h := h # (h >> 16);
	RETURN lo + ((h * (hi - lo + 1)) >> 32);
END $$;

CREATE FUNCTION pg_temp.chance(percent numeric) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
	RETURN pg_temp.draw(1, 1000) <= percent * 10;
END $$;

-- One of the names, with the given weights.
CREATE FUNCTION pg_temp.pick(names text[], weights integer[]) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	r bigint := pg_temp.draw(1, (SELECT sum(w) FROM unnest(weights) AS w));
BEGIN
	FOR i IN 1 .. array_length(names, 1) LOOP
		r := r - weights[i];
		IF r <= 0 THEN
			RETURN names[i];
		END IF;
	END LOOP;
END $$;

-- A moment of that day, mostly in the afternoon.
CREATE FUNCTION pg_temp.moment(day bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
	RETURN day * 86400 + 7 * 3600
		+ pg_temp.draw(0, 7 * 3600) + pg_temp.draw(0, 7 * 3600);
END $$;

CREATE FUNCTION pg_temp.emit(c bigint, t bigint, e text, ch text,
							 v numeric DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	IF t < 365 * 86400 THEN
		INSERT INTO sample_raw (customer_id, t, event, channel, value)
		VALUES (c, t, e, ch, v);
	END IF;
END $$;

-- A session: the pages one after the other.  Returns when the next could be.
CREATE FUNCTION pg_temp.browse(c bigint, t bigint, ch text, pages text[])
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
	p text;
BEGIN
	FOREACH p IN ARRAY pages LOOP
		PERFORM pg_temp.emit(c, t, p, ch);
		t := t + 6 + pg_temp.draw(0, 40) * pg_temp.draw(1, 8);
	END LOOP;
	RETURN t;
END $$;

-- Up to n different days in order, the first and (from two on) the last among
-- them.
CREATE FUNCTION pg_temp.some_days(first bigint, last bigint, n bigint)
RETURNS bigint[]
LANGUAGE plpgsql AS $$
DECLARE
	days bigint[] := ARRAY[first];
BEGIN
	FOR i IN 2 .. n LOOP
		days := days || CASE i WHEN 2 THEN last ELSE pg_temp.draw(first, last) END;
	END LOOP;
	RETURN ARRAY(SELECT DISTINCT d FROM unnest(days) AS d ORDER BY d);
END $$;

-- What follows a purchase at t: use, renewals, add-on, support, churn.
CREATE FUNCTION pg_temp.after_purchase(c bigint, t bigint, tier text,
									   price numeric, first_channel text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
	day      bigint := t / 86400;
	fee      numeric := CASE tier WHEN 'basic' THEN 19 WHEN 'plus' THEN 39 ELSE 79 END;
	-- percent who leave in the peak, and per month after it
	peak     numeric := CASE first_channel WHEN 'facebook' THEN 32 WHEN 'google_ads' THEN 28
						WHEN 'referral' THEN 4 WHEN 'store' THEN 6 WHEN 'phone' THEN 8 ELSE 15 END;
	monthly  numeric := CASE first_channel WHEN 'facebook' THEN 7 WHEN 'google_ads' THEN 7
						WHEN 'referral' THEN 1 WHEN 'store' THEN 1.5 WHEN 'phone' THEN 2 ELSE 3.5 END;
	over     bigint := 400;			-- days after the purchase when it ends
	refunded boolean := pg_temp.chance(4);
	prompted boolean := pg_temp.chance(50);
	addon    bigint;
	d        bigint;
	i        bigint;
BEGIN
	IF refunded THEN
		over := pg_temp.draw(3, 14);
		PERFORM pg_temp.emit(c, pg_temp.moment(day + over), 'refund', 'crm', - price);
	ELSIF pg_temp.chance(2) THEN
		over := pg_temp.draw(8, 29);
	ELSIF pg_temp.chance(peak) THEN
		over := pg_temp.draw(30, 45);
	ELSE
		FOR i IN 2 .. 12 LOOP
			IF pg_temp.chance(monthly) THEN
				over := 30 * i + pg_temp.draw(-12, 12);
				EXIT;
			END IF;
		END LOOP;
	END IF;

	PERFORM pg_temp.emit(c, t + 3600 + pg_temp.draw(0, 7200), 'email_open/onboarding', 'email');

	-- use
	d := day + 1;
	WHILE d < day + over AND d < 365 LOOP
		PERFORM pg_temp.emit(c, pg_temp.moment(d), 'login', 'direct');
		d := d + pg_temp.draw(2, 6);
	END LOOP;

	-- the plan, every 30 days
	i := 30;
	WHILE i < over AND day + i < 365 LOOP
		PERFORM pg_temp.emit(c, (day + i) * 86400 + 3600 * 5 + pg_temp.draw(0, 3000), 'renewal', 'crm', fee);
		IF pg_temp.chance(55) THEN
			PERFORM pg_temp.emit(c, pg_temp.moment(day + i + 2), 'email_open/newsletter', 'email');
		END IF;
		i := i + 30;
	END LOOP;

	-- the card reader
	IF prompted AND over > 28 THEN
		d := pg_temp.draw(26, 30);
		i := pg_temp.moment(day + d);
		PERFORM pg_temp.emit(c, i, 'email_open/addon', 'email');
		IF pg_temp.chance(42) THEN
			PERFORM pg_temp.emit(c, i + pg_temp.draw(20, 300), 'email_click/addon', 'email');
			addon := pg_temp.draw(d + 1, 44);
		END IF;
	ELSIF NOT prompted AND pg_temp.chance(16) THEN
		addon := pg_temp.draw(3, 44);
	END IF;
	IF addon IS NULL AND pg_temp.chance(8) THEN
		addon := pg_temp.draw(60, 150);
	END IF;
	IF addon < over THEN
		PERFORM pg_temp.emit(c, pg_temp.moment(day + addon), 'addon', 'direct', 89);
	END IF;

	-- support, survey
	IF over < 400 AND pg_temp.chance(65) THEN
		PERFORM pg_temp.emit(c, pg_temp.moment(day + over - least(pg_temp.draw(1, 9), over - 1)),
							 'support_ticket', 'phone');
	END IF;
	IF pg_temp.chance(22) THEN
		d := pg_temp.draw(2, 120);
		IF d < over THEN
			PERFORM pg_temp.emit(c, pg_temp.moment(day + d), 'support_ticket',
								 pg_temp.pick('{phone,email}', '{1,1}'));
		END IF;
	END IF;
	IF over > 24 AND pg_temp.chance(45) THEN
		PERFORM pg_temp.emit(c, pg_temp.moment(day + pg_temp.draw(18, 23)), 'nps', 'email',
							 CASE WHEN over < 60 THEN pg_temp.draw(0, 7) ELSE pg_temp.draw(6, 10) END);
	END IF;

	-- churn, and a few who come back
	IF over < 400 THEN
		PERFORM pg_temp.emit(c, pg_temp.moment(day + over) + 3600, 'cancel',
							 pg_temp.pick('{direct,phone,email}', '{6,3,1}'));
		IF NOT refunded AND pg_temp.chance(40) THEN
			d := pg_temp.moment(day + over + pg_temp.draw(15, 30));
			PERFORM pg_temp.emit(c, d, 'email_open/winback', 'email');
			IF pg_temp.chance(20) THEN
				PERFORM pg_temp.emit(c, d + 120, 'email_click/winback', 'email');
				PERFORM pg_temp.emit(c, d + 900, 'purchase', 'email', round(price * 0.7, 2));
			END IF;
		END IF;
	END IF;
END $$;

-- 5,000 customers, one after the other.
DO $$
DECLARE
	archetype text;
	source    text;			-- channel of the first contact
	start     bigint;		-- day of the first contact
	finish    bigint;		-- day of the purchase, or of the last sign of life
	buys      boolean;
	fast      boolean;
	together  boolean;		-- case_studies then pricing in one session
	apart     boolean;		-- both pages, in different sessions
	tier      text;
	price     numeric;
	clicks    bigint;
	kinds     text[] := '{welcome,tips,story,tips,offer,offer,offer,offer}';
	days      bigint[];
	pages     text[];
	campaign  text;
	n         bigint;
	t         bigint;
BEGIN
	FOR c IN 1 .. 5000 LOOP
		archetype := pg_temp.pick('{ad_bouncer,researcher,nurtured,showroom}', '{36,30,22,12}');
		INSERT INTO sample_truth VALUES (c, archetype);
		source := CASE archetype
			WHEN 'ad_bouncer' THEN pg_temp.pick('{google_ads,facebook}', '{66,34}')
			WHEN 'researcher' THEN pg_temp.pick('{organic,referral,direct}', '{64,18,18}')
			WHEN 'nurtured' THEN pg_temp.pick('{organic,facebook,email,referral}', '{34,26,28,12}')
			ELSE pg_temp.pick('{store,phone}', '{76,24}') END;
		start := CASE WHEN pg_temp.chance(22) THEN pg_temp.draw(60, 120)
			ELSE pg_temp.draw(0, 340) END;
		together := archetype = 'researcher' AND pg_temp.chance(22)
			OR archetype = 'nurtured' AND pg_temp.chance(10);
		apart := NOT together AND archetype = 'researcher' AND pg_temp.chance(35);
		buys := pg_temp.chance(CASE archetype
			WHEN 'ad_bouncer' THEN 4.6
			WHEN 'researcher' THEN CASE WHEN together THEN 47 ELSE 7.5 END
			WHEN 'nurtured' THEN CASE WHEN together THEN 46 ELSE 14.5 END
			ELSE 30 END);
		fast := buys AND pg_temp.chance(CASE archetype WHEN 'nurtured' THEN 22
			WHEN 'showroom' THEN 42 ELSE 34 END);
		tier := pg_temp.pick('{basic,plus,pro}', CASE WHEN fast THEN '{27,43,30}'
			ELSE '{56,34,10}' END::integer[]);
		IF archetype = 'showroom' AND tier = 'basic' AND pg_temp.chance(50) THEN
			tier := 'plus';
		END IF;
		price := round(CASE tier WHEN 'basic' THEN 199 WHEN 'plus' THEN 329 ELSE 599 END
			* pg_temp.draw(90, 100) / 100.0, 2);
		finish := start + CASE
			WHEN fast THEN pg_temp.draw(2, 6)
			WHEN buys THEN 8 + pg_temp.draw(0, 30) + pg_temp.draw(0, 30)
				+ CASE WHEN pg_temp.chance(12) THEN pg_temp.draw(20, 80) ELSE 0 END
			ELSE pg_temp.draw(2, 30) + pg_temp.draw(1, 40) END;

		-- a webinar before the decision, with those who buy big
		IF archetype <> 'ad_bouncer'
			AND pg_temp.chance(CASE WHEN NOT buys THEN 5 WHEN tier = 'pro' THEN 78
				WHEN tier = 'plus' THEN 14 ELSE 5 END) THEN
			PERFORM pg_temp.emit(c, pg_temp.draw(start + 1, finish - 1) * 86400 + 61200
				+ pg_temp.draw(0, 900), 'webinar', 'email');
		END IF;

		IF archetype = 'ad_bouncer' THEN
			days := pg_temp.some_days(start, finish,
				CASE WHEN NOT buys AND pg_temp.chance(36) THEN 1 ELSE pg_temp.draw(2, 5) END);
			n := array_length(days, 1);
			FOR i IN 1 .. n LOOP
				campaign := CASE WHEN i > 1 AND pg_temp.chance(75) THEN 'retarget'
					WHEN days[i] BETWEEN 60 AND 150 THEN 'spring'
					WHEN days[i] >= 240 THEN 'autumn' ELSE 'brand' END;
				pages := ARRAY['ad_click/' || campaign, 'visit'];
				IF pg_temp.chance(32) THEN
					pages := pages || 'features'::text;
				END IF;
				IF pg_temp.chance(24) THEN
					pages := pages || 'pricing'::text;
				ELSIF pg_temp.chance(15) THEN
					pages := pages || '{visit}'::text[];
				END IF;
				IF buys AND i = greatest(n - 1, 1) OR NOT buys AND i = n AND pg_temp.chance(5) THEN
					pages := pages || 'signup'::text;
					IF buys OR pg_temp.chance(45) THEN
						pages := pages || 'trial'::text;
					END IF;
				END IF;
				t := pg_temp.browse(c, pg_temp.moment(days[i]), source, pages);
			END LOOP;

		ELSIF archetype = 'researcher' THEN
			days := pg_temp.some_days(start, finish,
				CASE WHEN NOT buys AND pg_temp.chance(9) THEN 1 ELSE pg_temp.draw(4, 12) END);
			n := array_length(days, 1);
			FOR i IN 1 .. n LOOP
				-- which pages may share a session is what truth 2 is about
				pages := CASE
					WHEN together AND i = (n + 1) / 2 THEN '{visit,case_studies,pricing}'
					WHEN pg_temp.chance(14) AND NOT together OR apart AND i = 1 THEN '{visit,features,pricing}'
					WHEN pg_temp.chance(14) OR apart AND i = n THEN '{visit,blog,case_studies}'
					WHEN pg_temp.chance(40) THEN '{blog,visit,features}'
					WHEN pg_temp.chance(50) THEN '{blog,blog,visit}'
					ELSE '{blog,features}' END::text[];
				IF pg_temp.chance(20) AND pages[array_length(pages, 1)] = 'pricing' THEN
					pages := pages || 'features'::text;
				ELSIF pg_temp.chance(25) THEN
					pages := '{blog}'::text[] || pages;
				END IF;
				IF buys AND i = greatest(n - 1, 1) OR NOT buys AND i = n AND pg_temp.chance(15) THEN
					pages := pages || 'signup'::text;
					IF buys OR pg_temp.chance(45) THEN
						pages := pages || 'trial'::text;
					END IF;
				END IF;
				t := pg_temp.browse(c, pg_temp.moment(days[i]),
					CASE WHEN i = 1 OR pg_temp.chance(45) THEN source ELSE 'direct' END, pages);
			END LOOP;

		ELSIF archetype = 'nurtured' THEN
			t := pg_temp.browse(c, pg_temp.moment(start), source,
				CASE WHEN pg_temp.chance(30) THEN '{visit,features,guide,signup}'
				ELSE '{visit,guide,signup}' END::text[]);
			t := t + pg_temp.draw(600, 7200);
			PERFORM pg_temp.emit(c, t, 'email_open/welcome', 'email');
			clicks := CASE
				WHEN buys AND pg_temp.chance(74) THEN 3
				WHEN buys THEN pg_temp.pick('{1,2,4,5}', '{1,3,3,1}')::bigint
				ELSE pg_temp.pick('{0,1,2,3,4,5}', '{22,26,20,14,11,7}')::bigint END;
			days := '{}';
			WHILE coalesce(array_length(days, 1), 0) < clicks LOOP
				days := ARRAY(SELECT DISTINCT d FROM unnest(days || pg_temp.draw(start + 1,
					greatest(finish, start + clicks))) AS d ORDER BY d);
			END LOOP;
			IF buys THEN
				finish := greatest(finish, start + clicks);
				days[clicks] := finish;
			END IF;
			FOR i IN 1 .. clicks LOOP
				t := pg_temp.moment(days[i]);
				PERFORM pg_temp.emit(c, t, 'email_open/' || kinds[i], 'email');
				t := t + pg_temp.draw(5, 200);
				PERFORM pg_temp.emit(c, t, 'email_click/' || kinds[i], 'email');
				pages := CASE
					WHEN together AND i = (clicks + 1) / 2 THEN '{visit,case_studies,pricing}'
					WHEN pg_temp.chance(38) THEN '{visit,pricing}'
					WHEN pg_temp.chance(40) THEN '{visit,features}'
					ELSE '{visit}' END::text[];
				IF buys AND i = greatest(clicks - 1, 1) OR NOT buys AND i = clicks AND pg_temp.chance(8) THEN
					pages := pages || 'trial'::text;
				END IF;
				t := pg_temp.browse(c, t + pg_temp.draw(4, 60), 'email', pages);
			END LOOP;
			-- opened, not clicked
			FOR i IN 1 .. pg_temp.draw(6, 18) LOOP
				PERFORM pg_temp.emit(c, pg_temp.draw(start + 1, finish - 1) * 86400
					+ 21600 + pg_temp.draw(0, 3600), 'email_open/' || kinds[1 + i % 5], 'email');
			END LOOP;

		ELSE
			t := pg_temp.moment(start);
			PERFORM pg_temp.emit(c, CASE WHEN pg_temp.chance(10) THEN start * 86400 ELSE t END,
				CASE source WHEN 'store' THEN 'store_visit' ELSE 'demo_call' END, source);
			days := pg_temp.some_days(start, finish, pg_temp.draw(3, 5));
			n := array_length(days, 1);
			IF pg_temp.chance(44) THEN
				t := pg_temp.browse(c, pg_temp.moment(days[1]) + 7200, 'direct',
					CASE WHEN pg_temp.chance(25) THEN '{visit,pricing,visit}' ELSE '{visit,pricing}' END::text[]);
			END IF;
			FOR i IN 2 .. n LOOP
				IF i = 2 AND (buys OR pg_temp.chance(72)) THEN
					PERFORM pg_temp.emit(c, pg_temp.moment(days[i]) - 3600, 'quote', 'crm');
				END IF;
				IF pg_temp.chance(50) THEN
					PERFORM pg_temp.emit(c, pg_temp.moment(days[i]), 'demo_call', 'phone');
				END IF;
				IF pg_temp.chance(62) THEN
					PERFORM pg_temp.emit(c, CASE WHEN i < n AND pg_temp.chance(12) THEN days[i] * 86400
						ELSE pg_temp.moment(days[i]) END, 'store_visit', 'store');
				END IF;
			END LOOP;
		END IF;

		IF buys THEN
			-- on the last day, after all else of that day
			SELECT max(r.t) INTO t FROM sample_raw r
				WHERE r.seq > currval('sample_raw_seq_seq') - 200 AND r.customer_id = c;
			t := greatest(t, pg_temp.moment(finish)) + pg_temp.draw(60, 900);
			PERFORM pg_temp.emit(c, t, 'purchase', CASE WHEN archetype = 'showroom'
				THEN pg_temp.pick('{store,phone}', '{6,4}')
				ELSE pg_temp.pick(ARRAY[source, 'direct'], '{5,5}') END, price);
			PERFORM pg_temp.after_purchase(c, t, tier, price, source);
		END IF;
	END LOOP;
END $$;

-- The table in order of time, as a log would hold it, with its blemishes.
INSERT INTO events
SELECT r.customer_id,
	timestamptz '2025-01-01 00:00:00+00' + r.t * interval '1 second'
		+ CASE WHEN r.event = 'email_open/newsletter' AND r.customer_id % 37 = 5
			AND r.seq = max(r.seq) FILTER (WHERE r.event = 'email_open/newsletter') OVER (PARTITION BY r.customer_id)
			THEN interval '236688 hours' ELSE interval '0' END,
	CASE WHEN r.event = 'purchase' AND r.channel = 'phone' AND r.seq % 3 = 0 THEN 'Purchase '
		WHEN r.event = 'visit' AND r.t / 86400 = 201 THEN 'Visit'
		ELSE r.event END,
	CASE WHEN r.seq % 61 = 7 THEN NULL ELSE r.channel END,
	r.value::double precision
FROM sample_raw r
CROSS JOIN LATERAL generate_series(1, CASE WHEN r.seq % 257 = 11 AND r.value IS NULL THEN 2 ELSE 1 END) AS copies
ORDER BY r.t, r.customer_id, r.seq;

DROP TABLE sample_raw;
DROP SEQUENCE sample_counter;
DROP FUNCTION pg_temp.draw, pg_temp.chance, pg_temp.pick, pg_temp.moment,
	pg_temp.emit, pg_temp.browse, pg_temp.some_days, pg_temp.after_purchase;
