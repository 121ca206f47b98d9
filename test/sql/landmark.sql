-- Early warning: a small example, and what is refused.
CREATE TABLE seen (customer_id int, j journey);
INSERT INTO seen VALUES
  (1, '{2024-01-05 buy, 2024-02-20 ticket, 2024-03-10 cancel}'),
  (2, '{2024-01-05 buy, 2024-02-21 visit, 2024-03-20 visit}'),
  (3, '{2024-01-05 visit, 2024-02-25 ticket, 2024-06-01 visit}'),
  (4, '{2024-01-05 buy, 2024-02-25 ticket, 2024-04-01 visit}');
SELECT landmark::date, customers, churned, flagged, flagged_churned, round(lift::numeric, 2) AS lift, lead_days, complete
FROM (SELECT early_warning(j, 'buy', 'cancel', NULL, '{2024-03-01Z, 2024-05-15Z}', '30 days', 'ticket', '14 days') AS a FROM seen) s, unnest(a);
SELECT landmark::date, customers, churned, flagged, flagged_churned, lift, lead_days, complete
FROM (SELECT early_warning(j, NULL, NULL, '30 days', '{2024-03-01Z}', '30 days', NULL, '14 days') AS a FROM seen) s, unnest(a);
SELECT early_warning('{}', NULL, 'cancel', NULL, '{2024-03-01Z}', '30 days', 'ticket', NULL);
-- errors
SELECT early_warning(j, 'buy', NULL, NULL, '{2024-03-01Z}', '30 days', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, NULL, '30 days', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, '{2024-03-01Z}', NULL, 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, '{2024-03-01Z}', '30 days', NULL, NULL) FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, '{2024-03-01Z}', '0 days', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, '{2024-03-01Z}', '1 month', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', '-1 day', '{2024-03-01Z}', '30 days', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, '{}', '30 days', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, '{2024-03-01Z, NULL}', '30 days', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, '{2024-03-01Z, infinity}', '30 days', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, (SELECT array_agg(timestamptz '2024-01-01Z' + i * interval '1 h') FROM generate_series(1, 1001) i), '30 days', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy -> visit', 'cancel', NULL, '{2024-03-01Z}', '30 days', 'ticket', '14 days') FROM seen;
SELECT early_warning(j, 'buy', 'cancel', NULL, '{2024-03-01Z}', '30 days', 'ticket', customer_id * interval '1 day') FROM seen;
DROP TABLE seen;
