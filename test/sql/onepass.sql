-- funnel_stages over rows: a small funnel as it is printed, and every error.
SET TimeZone = 'UTC';
CREATE TABLE shop_event (customer bigint, ts timestamptz, event text, channel text, value double precision);
INSERT INTO shop_event VALUES
  (1, '2024-03-01 10:00', 'visit', 'ads', NULL), (1, '2024-03-01 10:05', 'signup', NULL, NULL), (1, '2024-03-03 10:05', 'purchase', NULL, 50),
  (2, '2024-03-02 09:00', 'visit', 'email', NULL), (2, '2024-03-02 09:30', 'signup', NULL, NULL),
  (3, '2024-03-02 12:00', 'visit', 'ads', NULL), (3, '2024-03-02 12:02', 'visit', 'ads', NULL), (4, '2024-03-04 08:15', 'newsletter', 'email', NULL);
SELECT a.* FROM unnest((SELECT funnel_stages(customer, ts, event, 'visit -> signup -> purchase within 7 days') FROM shop_event)) a;
SELECT a.stage, a.name, a.customers, a.revenue, a.lost_revenue, a.focus
FROM unnest((SELECT funnel_stages(customer, ts, event, channel, value, 'visit@ads -> signup -> purchase', 'purchase') FROM shop_event)) a;

-- arguments
SELECT funnel_stages(customer, ts, event, NULL) FROM shop_event;
SELECT funnel_stages(customer, ts, event, 'visit@ads') FROM shop_event;
SELECT funnel_stages(customer, ts, event, 'purchase[value > 1]') FROM shop_event;
SELECT funnel_stages(customer, ts, event, channel, value, 'visit', 'visit -> purchase') FROM shop_event;
SELECT funnel_stages(customer, ts, event, (ARRAY['visit', 'signup'])[1 + customer % 2]::journey_pattern) FROM shop_event;
SELECT funnel_stages(customer, ts, event, channel, value, 'visit', CASE WHEN customer > 2 THEN 'purchase'::journey_pattern END) FROM shop_event;
SELECT funnel_stages(repeat('x', 4097), ts, event, 'visit') FROM shop_event;
SELECT funnel_stages(customer, 'infinity', event, 'visit') FROM shop_event;
SELECT funnel_stages(customer, ts, '', 'visit') FROM shop_event;
SELECT funnel_stages(customer, ts, event, channel, 'NaN', 'visit') FROM shop_event;
SELECT funnel_stages(customer, ts, event, channel, 1.7e308, 'visit', 'visit') FROM shop_event;
SELECT funnel_stages(customer, ts, event, 'visit') OVER () FROM shop_event;

DROP TABLE shop_event;
