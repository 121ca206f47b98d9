-- After the purchase: small examples, and what is refused.
SELECT * FROM lifecycle('{2024-03-04 visit, 2024-03-12 visit, 2024-03-29 visit}', 'visit', 'week', 'UTC', '2024-04-10Z');
SELECT usual_gap('{2024-03-04 visit, 2024-03-12 visit, 2024-03-29 visit}');
SELECT next_at AT TIME ZONE 'UTC' AS next_at, days, happened, prompted FROM next_purchase('{2024-03-04 buy, 2024-03-12 mail, 2024-03-14T12:00 addon}', 'buy', 'addon', '2024-04-01Z', 'mail');
SELECT next_at, days, happened, prompted FROM next_purchase('{2024-03-04 buy, 2024-03-12 mail}', 'buy', 'addon', '2024-04-01Z', 'mail');
-- errors
SELECT * FROM lifecycle('{2024-03-04 visit}', 'visit', 'hour');
SELECT * FROM lifecycle('{2024-03-04 visit}', 'visit', 'day', 'Mars/Base');
SELECT * FROM lifecycle('{2024-03-04 visit}', NULL, 'day');
SELECT * FROM lifecycle('{2024-03-04 visit}', 'visit', NULL);
SELECT * FROM lifecycle('{2024-03-04 visit}', 'visit -> buy', 'day');
SELECT usual_gap('{2024-03-04 visit}', 'visit -> buy');
SELECT * FROM next_purchase('{2024-03-04 buy}', NULL, 'addon', '2024-04-01Z');
SELECT * FROM next_purchase('{2024-03-04 buy}', 'buy', NULL, '2024-04-01Z');
SELECT * FROM next_purchase('{2024-03-04 buy}', 'buy', 'addon', NULL);
SELECT * FROM next_purchase('{2024-03-04 buy}', 'buy', 'addon', 'infinity');
SELECT * FROM next_purchase('{2024-03-04 buy}', 'buy', 'addon', '2024-04-01Z', 'mail', NULL);
SELECT * FROM next_purchase('{2024-03-04 buy}', 'buy', 'addon', '2024-04-01Z', 'mail', '1 month');
SELECT * FROM next_purchase('{2024-03-04 buy}', 'buy -> buy', 'addon', '2024-04-01Z');
