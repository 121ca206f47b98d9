-- Attribution against R 4.2.2 (exact absorbing chains by solve(), heuristics
-- equal to ChannelAttribution 2.2.4, Shapley values by all 2^6 sets), against
-- worked examples, and against plain SQL.
\set ECHO none
\set QUIET 1
BEGIN;
SELECT plan(33);
SET LOCAL client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';

-- 250 made-up paths: channel and days before the conversion, conversions,
-- their value, and how often the path ended without one.
CREATE TABLE path_journeys AS
WITH packed (paths) AS (VALUES ('
r23.523,a5.84,a3.873,a3.866/3/233.69/7 e15.956/4/462/4 d26.554,d15.513/1/48.84/2 e19.496,a16.26,a10.093,e7.791,a7.574/2/113.54/4 e25.163/3/193.55/8
e16.291,r14.7,o5.149/3/308.66/7 e29.897,r24.132,r10.533,r9.123,r4.771,r0.526/2/169.2/6 r16.638/2/93.68/4 e16.489,r14.459,r6.342/3/134.31/7
e28.217,a10.027/0/0/5 e23.963,r0.644/1/36.29/6 e17.137/1/20.93/5 d28.372,s15.001,d4.057/0/0/10 e26.557,o13.599,e10.101,a9.578,s4.072/2/124.95/6
e29.48,a5.621,a1.497/2/117.71/7 e10.185,a0.561/0/0/6 r21.951/2/50.52/7 e22.712,a2.693/1/57.89/10 e13.337,a9.825,a1.812/2/124.74/2
r29.38,r14.907,r6.353,r3.234,r2.792/2/301.29/5 e28.054,r25.26,o16.945,s10.752,a8.394,a4.257/3/49.09/8 d20.26,e16.015,a14.411,a11.978/1/32.78/4
d12.274,s2.728/1/64.45/5 e27.302,a24.193,a13.202,e11.2/1/29.25/8 e28.545,a20.566,s14.271/0/0/2 e29.397,r19.316,e8.387/2/205.31/7
e9.661,o8.638,r2.722/2/134.67/6 e24.892,r17.436,d3.255,s1.662/1/38.8/6 e28.911,a24.557,s2.935/1/59.81/6 e19.704,o15.744/2/114.11/7
d28.958,o27.208/3/234.92/8 e26.378,a18.922,s12.563/0/0/3 r7.949/1/50.78/7 e3.747/0/0/9 e23.337,r7.777,r4.585/1/73.22/7 e29.375,a24.346,a16.287/0/0/7
e10.197/0/0/11 e27.904,r12.423,r2.517,r0.493/1/86.67/8 e27.64,a19.504/0/0/10 r24.232,r19.974,r4.282/1/32.2/4 e11.906/0/0/6
d26.832,s25.372,d20.177,s11.787/3/258.05/2 d2.187/0/0/5 d11.815,s5.662/1/64.77/5 e27.182,a23.576,s17.894,o13.91,r5.19/2/201.06/4
e26.877,o3.966/3/319.58/4 r29.394,r14.525,r1.459/2/154.97/8 e15.587,a5.314,a4.97,s4.095,d0.984/4/88.28/12 e27.084,o23.056,r7.59,r4.518/0/0/4
e10.038,r4.633/1/22.43/5 e27.998,r24.258/1/96.86/6 e25.695,r23.758,e14.354,a7.996,s6.874/2/77.52/5 e28.84,a21.508,a15.729,s6.396/2/32.91/8
e20.009,r10.375,e6.746/1/48.79/9 r20.429,r4.126/2/86.31/6 e27.493/2/168.61/7 r23.852,a6.17/2/88.75/7 e8.537/0/0/8 d22.783,s15.523/2/137.45/11
e19.021,d18.235,s0.802,d0.519/0/0/13 e19.364,o14.419,d6.249/2/44.75/12 r24.174,r16.163,e14.945,a14.587,s13.762,a10.231,d1.56/2/89.71/6
d15.467,s14.339/0/0/9 e25.189,a20.557,s15.739,a10.554/2/90.3/11 e22.021,a20.927,a17.583,a6.719,a4.515/2/131.37/11 e14.234,r10.158/2/79.9/6
e21.377,a16.947/3/77.98/4 e25.566/1/122.69/3 e20.82,a15.61,s14.997,s10.625/1/130.22/5 r23.172,r14.424,d14.178,a9.365,s6.054,a3.007/1/181.32/1
e25.157,r23.425,r14.122,a12.704,s8.62/3/241.76/12 e2.87/1/46.67/7 e11.244,a8.972/2/109.97/8 r24.725,e9.958,s3.98/3/93.82/4 d18.256,o3.688/2/172.17/8
d27.361,s22.966,s15.151,a13.679,s6.076/1/23.18/6 d26.475,d26.313,s17.156,d9.754/1/28.42/9 d11.563,a8.945,s1.724/0/0/11
e24.456,r13.189,r11.05,r9.423/3/784.65/8 e29.123,a27.436,e2.486/1/57.79/7 e28.449,r25.778,e17.219/1/138.23/10 r27.779,o23.348,r1.501/0/0/5
e7.724,a5.477,a4.009/1/88.39/4 e29.769,s21.186,o4.223/1/47.09/2 d20.437/2/49.79/5 e27.566,a21.751,s11.408,a5.94,a0.33/0/0/4
d20.726,e18.967,r8.74,e3.825,a1.968/1/49.16/5 e20.123,o17.857,r0.636/0/0/4 e24.722,a4.212/1/61.67/5 r15.587,r15.111,r8.445,r6.735,r4.769/2/114.69/8
e19.345,r16.246,e7.236,r2.411,d0.844/0/0/5 e6.794,a6.554,e0.342/2/192.08/7 e12.081/2/141.79/10 e17.535/1/78.33/6 e24.208,r23.609,d0.108/1/30.17/4
e16.176/1/157.36/6 e24.384,a5.146/2/55.25/7 d20.084,s16.819,a1.108/1/50.61/5 e25.631,o14.515,a10.149,s9.567,d5.461,s1.832/1/24.88/11
r27.76,r20.162,a14.293,a3.56/2/85.52/6 r27.706,e23.833,r4.934/1/162.49/2 e24.176,r8.378/2/140.77/7 d27.434,s11.709,a2.109/1/45.88/8
d28.348,s17.037,d10.299,s0.346/2/159.5/7 e11.247,a9.825/2/79.21/4 r29.461,e29.457,r23.768,s18.549,a4.007,a3.763/1/73.58/11
e28.506,a28.205,a27.143,a23.205,a2.766/1/50.47/10 e7.256/2/58.78/3 e22.69,r21.553,r11.554,r0.208/3/343.13/8 e22.127,a11.65,a9.35/2/103/10
e20.384,r19.898,e12.323/1/49.08/7 d2.251/2/58.17/8 e18.189,a17.293,s13.385,d5.48,s1.785/4/473.53/6 e12.877,r3.754/2/64.27/2 e23.829/5/336.4/2
e26.474,o22.516,o8.079/3/267.27/5 d25.752/2/246.1/4 e14.866,r1.771/0/0/4 r1.882/0/0/4 e24.356,a16.947,a12.644,s7.071,s4.551/3/195.22/4
e8.042,o3.332/1/48.68/9 e13.949,o11.215,o9.288,o3.884/1/31.82/3 r27.254/1/59.26/5 e28.347,a21.822,a18.724,a14.542,s11.08,o10.401,d2.577/1/71.92/5
e29.981,o0.343/3/97.84/5 e19.332,a15.837,s8.615,d1.068,a0.86/1/82.19/5 e18.605,a16.935,a11.759,s7.328,r1.242/3/128.89/4 r27.403,r4.093,e1.367/1/66.1/5
e29.098/1/54.76/6 d28.38,d20.889,s16.005/0/0/2 r0.985/1/22.91/2 e27.468,a16.92,a2.606,s1.777/1/55.88/7 d26.202,s24.299,a23.203,s11.753/0/0/8
e24.563,o3.246,d1.907/1/36.94/8 e24.999,o23.71,d16.071,a10.456/2/167.02/8 d22.197,s21.172,a0.67/0/0/8 e17.885/2/166.66/10 e15.907,a7.529/2/83.16/8
e29.093,r25.562,r24.139,r12.393,r3.263,r0.272/3/186.09/5 r24.967,r15.641,r4.819/1/63.41/6 e10.894,a7.301,a3.095/0/0/8
e26.017,a12.698,s2.672,r0.391/3/160.61/10 e27.071,d23.581,o21.758,o14.072,r13.493,r12.056/2/61.6/3 d28.137,s20.131,d0.45/2/144.52/4
r12.966,r12.056/1/40.58/8 e28.233,o20.017,a15.092,s7.634/1/30.26/3 e29.607,a25.47,s24.868,a19.569,a17.905,a9.378,a0.931/2/127.35/7
e23.975,o7.691,r0.846/2/101.56/7 d25.248,o17.455,d12.075,o3.011/3/132.68/9 r23.955,r22.641,a22.078,s5.585/2/60.63/7
e27.705,a19.307,s11.803,d8.988/1/43.09/8 d27.544,d26.384,s17.84,a17.133/2/174.33/4 e13.301,r6.554/2/172.35/3 d23.67,s10.936,s10.573,d8.495/1/37.51/6
e22.403,r18.934/0/0/7 e2.633/0/0/7 e23.912,r4.029/2/114.93/11 e29.611,r24.027,r14.498/0/0/7 e26.83/0/0/5 r21.596,o11.551,r9.797,r8.158/1/112.62/8
e22.686,r15.51/4/387.63/8 e27.638,o15.64/2/127.95/8 d27.831,a25.776,s18.142,a6.606/4/224.97/6 d22.91,s15.448,d15.268/1/93.86/1
d25.827,o12.929/2/82.84/6 e16.398,r5.391/1/42.5/11 e17.896,a12.529,s5.916,d3.265/1/49.81/8 d26.428,s13.072,a8.3/1/48.52/7 r4.437/2/119.69/8
d14.626,s12.742/2/177.61/4 e29.489,a10.821/1/57.67/5 r21.905,r5.823/1/23.69/3 e14.157,r2.53/0/0/6 r15.631,r0.425/1/140.75/8
e18.477,a13.435,s1.506/2/31.39/8 e20.211,a12.113,a7.877,a4.699/0/0/7 e13.746,a3.963/0/0/3 e28.744,a23.277,s14.302,a13.691/0/0/9
e28.732,a24.225,s20.267,r10.585,r9.689,o8.067,a3.641/1/41.12/10 e26.43,o18.917,d18.251,s18.094/2/175.15/6 r28.354,r7.288,e7.094,a6.834,a0.667/1/82.22/4
d19.306,o18.815,o7.664/0/0/5 e23.123,a6.852/3/277.57/11 d25.028,s15.162,a9.908/1/77.57/12 e28.622,d16.892,e3.641,r1.124/2/105.63/6 e22.276/1/110.37/2
e19.711,a11.743/2/144.61/4 d28.653,s1.617,d0.768/0/0/7 e19.908,r18.429,r12.641,r3.47,r0.143/1/25.65/10
e21.818,r20.164,r14.771,r14.047,d12.137/2/147.14/7 e24.432,r23.148/3/86.41/6 r20.963,r5.804/2/61.04/7
e25.119,a24.543,s20.209,s19.976,o12.758,d8.409,s4.545/1/35.97/10 r22.218,r19.083,r4.376/3/59.63/7 e29.944,r22.508,r5.653/3/161.05/5 d3.452/2/69.59/5
d29.07,s18.072,d16.925,e11.23,a5.846,a4.428,s4.413,a2.077/0/0/5 e22.598,a5.339,a4.25,s3.41,a0.328/1/43.63/9 e22.636,a19.84,a16.69/1/72.19/5
e29.727,r16.473,e11.361,a2.581/5/286/1 e27.14,d23.394,d20.002/1/73.56/3 r25.315,r22.714,d17.653,e2.636/1/38.78/4 e6.563,a5.097/2/130.91/7
e29.98,r5.809,a3.571/0/0/6 e27.409,r11.246,r8.993,r7.606,r5.326/1/32.23/5 e21.536,a16.121,d14.978,s11.744/1/53.7/6
e19.091,s18.683,s10.389,s5.395,a5.062,a3.889,s0.665/2/175.19/2 e28.116,r22.963,r4.725/1/61.54/7 e22.374,a15.596,a11.088,a4.343,a3.293/0/0/7
r25.361,r25.17/2/214.1/7 d8.245/1/40.59/6 e13.687,r11.974/2/143.18/3 e23.967,a23.806,s11.201/1/34.34/6 r24.483,r17.607,r9.153,o8.66/1/44.34/6
d24.38,s17.401,a14.844,a2.461/2/180.71/6 e24.543,o8.129,o2.629/1/53.34/7 r17.023,r16.593,r13.126,r5.639,r1.97/1/66.92/5
e27.406,a17.594,s6.185/3/248.66/9 d15.568,s5.653/0/0/4 e29.156,s5.793/2/81.57/6 e21.01,a17.724,a17.222,s15.91,e14.976,r4.898/2/161.25/8
e20.798,a17.766,a12.38,s11.844,d4.521/1/51.56/10 e26.552,r22.161/2/80.78/8 e29.904,o24.807,o1.939/2/105.35/5 e18.914,s9.965,a3.088/0/0/9
d26.921,s24.748,a17.568,s17.535,a17.233,s1.881,a1.789/2/63.6/6 r20.991,r1.641/0/0/3 d20.509,s20.183,s18.218,a17.281,a7.317/3/68.21/6
r25.248,e24.823,a23.18,e22.405,a19.69,s14.066/1/54.36/4 r22.985,r2.761/2/119.3/5 d23.429,d21.855,d21.437,a14.968,s8.152/1/27.21/8
r25.011,r20.775,e17.131/0/0/8 e3.44,a0.49/3/107.78/8 d3.985/2/118.8/3 r22.015/2/55.04/5 e24.158,a21.324,s0.435/1/51.27/6 e26.013,a5.249/3/286.39/4
e28.911,o18.479,e3.643/2/155.24/5 e26.601,r23.945,r11.229,s7.641,s4.096/2/74.36/7 r26.505,o16.947,r11.835,a7.016,s5.617/3/251.19/5
d27.662,s18.601,o17.305,o12.686,a6.064,s0.811/3/483.58/3 e21.771,a3.467/0/0/9 r29.204,r14.766/0/0/7 d22.729,a14.784,s7.35,s0.011/3/226.91/9
d8.806/0/0/10 d7.96,a2.072/3/316.56/10 e29.993,a17.159,s15.055,d5.731/0/0/2 d25.662,a10.666,s8.194,s7.828,d7.813/1/51.58/5
r28.619,e22.985,r7.977,d4.858/0/0/4 e9.973/1/78.59/6
')),
path AS (SELECT row_number() OVER () AS path_id, split_part(e, '/', 1) AS touches, split_part(e, '/', 2)::int AS conversions,
                split_part(e, '/', 3)::float8 AS value, split_part(e, '/', 4)::int AS nulls
         FROM packed, regexp_split_to_table(btrim(paths, E'\n'), '\s') AS e)
SELECT path_id, k, journey_agg(ts, event, channel, v) AS j
FROM path, generate_series(1, conversions + nulls) AS k,
  LATERAL (SELECT '2024-03-01 00:00+00'::timestamptz - substr(t, 2)::float8 * interval '1 day' + pos * interval '1 us' AS ts, 'visit' AS event,
                  CASE left(t, 1) WHEN 'a' THEN 'ad' WHEN 'o' THEN 'organic' WHEN 's' THEN 'social' WHEN 'e' THEN 'email' WHEN 'r' THEN 'referral' ELSE 'direct' END AS channel,
                  NULL::float8 AS v
           FROM regexp_split_to_table(touches, ',') WITH ORDINALITY AS x (t, pos)
           UNION ALL SELECT '2024-03-01 00:00:01+00', 'purchase', 'store', value / conversions FROM (SELECT) AS one WHERE k <= conversions) AS e
GROUP BY path_id, k;
CREATE TEMP TABLE expected (model text, channel text, conversions float8, value float8, removal_effect float8);
INSERT INTO expected VALUES
  ('first', 'ad', 0, 0, NULL::float8), ('first', 'organic', 0, 0, NULL::float8),
  ('first', 'social', 0, 0, NULL::float8), ('first', 'email', 237, 15478.99, NULL::float8),
  ('first', 'referral', 60, 3649.88, NULL::float8), ('first', 'direct', 69, 4565.99, NULL::float8),
  ('last', 'ad', 89, 5296.15, NULL::float8), ('last', 'organic', 33, 2188.64, NULL::float8),
  ('last', 'social', 67, 4530.05, NULL::float8), ('last', 'email', 41, 3178.14, NULL::float8),
  ('last', 'referral', 101, 6787.18, NULL::float8), ('last', 'direct', 35, 1714.7, NULL::float8),
  ('linear', 'ad', 63.8023809524, 3813.6079761905, NULL::float8), ('linear', 'organic', 25.4952380952, 1712.6563095238, NULL::float8),
  ('linear', 'social', 38.1857142857, 2430.1004047619, NULL::float8), ('linear', 'email', 107.6523809524, 7214.4261904762, NULL::float8),
  ('linear', 'referral', 87.6071428571, 5814.5243333333, NULL::float8), ('linear', 'direct', 43.2571428571, 2709.5447857143, NULL::float8),
  ('position', 'ad', 52.2166666667, 3108.9455, NULL::float8), ('position', 'organic', 20.3866666667, 1345.8829, NULL::float8),
  ('position', 'social', 35.3166666667, 2348.1410666667, NULL::float8), ('position', 'email', 125.83, 8428.7312333333, NULL::float8),
  ('position', 'referral', 83.7433333333, 5496.0075, NULL::float8), ('position', 'direct', 48.5066666667, 2967.1518, NULL::float8),
  ('time_decay', 'ad', 78.3408622373, 4723.3021661316, NULL::float8), ('time_decay', 'organic', 32.1115725436, 2125.9793696579, NULL::float8),
  ('time_decay', 'social', 52.1457424329, 3269.7176031798, NULL::float8), ('time_decay', 'email', 73.0422538625, 5017.177105965, NULL::float8),
  ('time_decay', 'referral', 92.0288379215, 6257.3987354935, NULL::float8), ('time_decay', 'direct', 38.3307310022, 2301.2850195722, NULL::float8),
  ('markov(1)', 'ad', 65.2868848146, 4085.3216775058, 0.4038619614), ('markov(1)', 'organic', 28.0754850439, 1831.0391361845, 0.1736737859),
  ('markov(1)', 'social', 49.6799708196, 3232.3593761875, 0.3073182388), ('markov(1)', 'email', 111.7224696837, 7421.4614076998, 0.6911105633),
  ('markov(1)', 'referral', 64.9948476506, 4331.379468374, 0.4020554316), ('markov(1)', 'direct', 46.2403419876, 2793.2989340485, 0.2860408375),
  ('markov(2)', 'ad', 68.249909719, 4191.7632600905, 0.4214663363), ('markov(2)', 'organic', 27.5595118308, 1823.8766959203, 0.1701893311),
  ('markov(2)', 'social', 52.6084220393, 3347.0074435275, 0.3248748458), ('markov(2)', 'email', 110.5224966252, 7228.8621298741, 0.6825138953),
  ('markov(2)', 'referral', 62.2474237938, 4223.3361083063, 0.3843989503), ('markov(2)', 'direct', 44.8122359919, 2880.0143622814, 0.2767307533),
  ('markov(3)', 'ad', 69.3123491856, 4346.8307923763, 0.4436670526), ('markov(3)', 'organic', 28.1072633369, 1947.8749252455, 0.1799140677),
  ('markov(3)', 'social', 52.4161299702, 3285.6235516676, 0.335514669), ('markov(3)', 'email', 110.4801390181, 7248.3847869308, 0.7071813064),
  ('markov(3)', 'referral', 64.1741518259, 4221.5083424217, 0.4107775473), ('markov(3)', 'direct', 41.5099666632, 2644.6376013581, 0.2657045213),
  ('shapley', 'ad', 57.45, 3527.5675, NULL), ('shapley', 'organic', 25.2166666667, 1683.1771666667, NULL),
  ('shapley', 'social', 39.1166666667, 2421.4, NULL), ('shapley', 'email', 117.45, 7985.3908333333, NULL),
  ('shapley', 'referral', 81.5166666667, 5245.326, NULL), ('shapley', 'direct', 45.25, 2831.9985, NULL);

SELECT is((SELECT (count(*), count(*) FILTER (WHERE j @@ 'purchase'))::text FROM path_journeys), '(1946,366)', 'the paths unpack to 1,946 journeys with 366 conversions');
CREATE TEMP TABLE got AS
SELECT m.model, u.* FROM (SELECT DISTINCT model FROM expected) AS m,
  LATERAL (SELECT attribution(j, 'purchase', 'purchase', m.model) AS a FROM path_journeys) AS q, unnest(q.a) AS u;
SELECT is_empty($$SELECT * FROM expected e FULL JOIN got g USING (model, channel)
  WHERE abs(e.conversions - g.conversions) < 1e-9 IS NOT TRUE OR abs(e.value - g.value) / greatest(e.value, 1) < 1e-9 IS NOT TRUE
    OR abs(coalesce(e.removal_effect, 0) - coalesce(g.removal_effect, 0)) > 1e-9$$,
  'conversions, value and removal effects of all models are those of R');
SELECT is_empty($$SELECT model FROM got GROUP BY model HAVING abs(sum(conversions) - 366) > 1e-9
  OR abs(sum(value) - (SELECT sum(value_sum(j, 'purchase')) FROM path_journeys)) > 1e-9 * sum(value) OR abs(sum(share) - 1) > 1e-12$$,
  'credits sum to the conversions and to the revenue');
SELECT is_empty($$SELECT model, channel FROM got
  JOIN (SELECT e.channel, count(DISTINCT (path_id, k)) AS paths,
               count(DISTINCT (path_id, k)) FILTER (WHERE e.channel <> (SELECT channel FROM events(j) l WHERE l.event = 'visit' ORDER BY event_no DESC LIMIT 1)) AS assisted
        FROM path_journeys, events(j) e WHERE j @@ 'purchase' AND e.event = 'visit' GROUP BY 1) AS p USING (channel)
  WHERE (got.paths, got.assisted) IS DISTINCT FROM (p.paths, p.assisted)$$, 'paths and assisted are counts of plain SQL');
SELECT is_empty($$SELECT * FROM got WHERE model = 'first' AND conversions <> (SELECT count(*) FROM path_journeys WHERE j @@ 'purchase' AND first_touch(j) = channel)$$,
  'model first agrees with first_touch');
SELECT ok((SELECT bool_and(u.conversions = u.paths AND u.removal_effect IS NULL) FROM (SELECT attribution(j, 'purchase', NULL, 'participation') AS a FROM path_journeys) q, unnest(a) u),
  'participation gives every channel on the path a whole conversion');
SELECT ok((SELECT bool_and(u.conversions = u.assisted AND u.value IS NULL) FROM (SELECT attribution(j, 'purchase', NULL, 'assisted') AS a FROM path_journeys) q, unnest(a) u),
  'assisted counts paths where another channel was last; without revenue there is no value');

SELECT is_empty($$SELECT * FROM (VALUES ('ad', -0.0011055332), ('organic', 0.0043547271), ('social', -0.0045266192), ('email', 0.0560453776),
      ('referral', 0.0700735477), ('direct', 0.0632366090)) w (channel, phi)
    LEFT JOIN (SELECT u.* FROM (SELECT attribution(j, 'purchase', 'purchase', 'shapley(rate)') AS a FROM path_journeys) s, unnest(a) u) u USING (channel)
  WHERE abs(phi - u.conversions / 1946) < 1e-10 IS NOT TRUE$$, 'shapley(rate) is the game of rates of all 2^6 sets, which may be negative');
SELECT is((SELECT (round(sum(conversions)::numeric, 9), round(sum(value)::numeric, 6), round(sum(share)::numeric, 9))::text
           FROM (SELECT attribution(j, 'purchase', 'purchase', 'shapley(rate)') AS a FROM path_journeys) s, unnest(a)),
  (SELECT (366.000000000, round(sum(value_sum(j, 'purchase'))::numeric, 6), 1.000000000)::text FROM path_journeys), 'and sums to all conversions and all value, too');
-- What scores are worth beside money: nothing.
SELECT results_eq($$SELECT m, attribution(j || '{2024-02-01 nps=9, 2024-03-05 nps=3}', 'purchase', 'purchase', m)::text FROM path_journeys, unnest('{linear,markov,shapley,shapley(rate)}'::text[]) m GROUP BY m ORDER BY m$$,
  $$SELECT m, attribution(j, 'purchase', 'purchase', m)::text FROM path_journeys, unnest('{linear,markov,shapley,shapley(rate)}'::text[]) m GROUP BY m ORDER BY m$$,
  'events with scores change no figure');

-- Worked examples.
CREATE FUNCTION credits(model text, VARIADIC js journey[]) RETURNS text LANGUAGE sql AS
  $$SELECT string_agg(channel || '=' || round(conversions::numeric, 4), ' ' ORDER BY channel)
    FROM (SELECT attribution(j, 'buy', 'buy', model) AS a FROM unnest(js) j) s, unnest(a)$$;
SELECT is(credits('markov', '{2024-01-01 v@C1, 2024-01-02 v@C2, 2024-01-03 v@C3, 2024-01-04 buy}', '{2024-01-01 v@C1}', '{2024-01-01 v@C2, 2024-01-02 v@C3}'),
  'C1=0.2000 C2=0.4000 C3=0.4000', 'three paths by hand: removal effects 1/2, 1, 1');
SELECT is(credits('shapley', '{2024-01-01 v@C1, 2024-01-02 v@C2, 2024-01-03 v@C1, 2024-01-04 buy}', '{2024-01-01 v@C3, 2024-01-02 buy}'), 'C1=0.5000 C2=0.5000 C3=1.0000',
  'shapley divides a conversion among distinct channels');
SELECT is(credits('shapley(rate)', '{2024-01-01 v@a, 2024-01-04 buy}', '{2024-01-01 v@a, 2024-01-02 v@b}', '{2024-01-02 v@b}'), 'a=2.0000 b=-1.0000',
  'shapley(rate) by hand: v(a) = 1, v(b) = 0, v(ab) = 1/3, times three paths');
SELECT is((SELECT attribution(j, 'buy', NULL, 'shapley(rate)') FROM (VALUES ('{2024-01-01 v}'::journey)) t (j)), '{}'::journey_attribution_row[], 'no channel, no rows');
SELECT is(credits('position', '{2024-01-01 v@a, 2024-01-02 v@b, 2024-01-04 buy}'), 'a=0.5000 b=0.5000', 'position: two touches share');
SELECT is(credits('position(20, 60)', '{2024-01-01 v@a, 2024-01-02 v@b, 2024-01-04 buy}'), 'a=0.2500 b=0.7500', 'position: two touches share in proportion');
SELECT is(credits('position(20, 60, split)', '{2024-01-01 v@a, 2024-01-02 v@b, 2024-01-04 buy}'), 'a=0.3000 b=0.7000', 'position: or half of the rest each, if told so');
SELECT is(credits('position(20,60)', '{2024-01-01 v@a, 2024-01-02 v@b, 2024-01-02 v@c, 2024-01-03 v@d, 2024-01-04 buy}'), 'a=0.2000 b=0.1000 c=0.1000 d=0.6000', 'position: the rest goes to those between');
SELECT is(credits('time_decay(1 day)', '{2024-01-01 v@a, 2024-01-02 v@b, 2024-01-02 buy}'), 'a=0.3333 b=0.6667', 'time_decay: a day before counts half; a touch at the time of the conversion belongs to it');
SELECT is(credits('time_decay(1 s)', '{0001-01-01 v@a, 2024-01-02 v@b, 2034-01-02 buy}'), 'a=0.0000 b=1.0000', 'time_decay: ages beyond all half-lives are no error');
SELECT is(credits('last_non_direct', '{2024-01-01 v@ads, 2024-01-02 v@direct, 2024-01-03 buy}', '{2024-01-02 v@direct, 2024-01-03 buy}'), 'ads=1.0000 direct=1.0000',
  'last_non_direct passes over direct where there is another');
SELECT is(credits('last_non_direct(brand, typed in)', '{2024-01-01 v@ads, 2024-01-02 v@brand, 2024-01-03 v@"typed in", 2024-01-03 buy}'), 'ads=1.0000 brand=0.0000 typed in=0.0000', 'which channels are direct can be told');
SELECT is(credits('linear', '{2024-01-01 v@a, 2024-01-02 buy@store, 2024-01-03 v@b, 2024-01-04 buy@store, 2024-01-05 buy@store, 2024-01-06 buy}'), '(none)=1.0000 a=1.0000 b=1.0000 store=1.0000',
  'each cycle is a path; the channel of the goal counts where nothing else touched, and without any it is (none)');
SELECT is((SELECT string_agg(channel || '=' || value, ' ' ORDER BY channel) FROM (SELECT attribution(j, 'buy', 'buy | refund | nps', 'last') AS a FROM (VALUES
    ('{2024-01-01 refund=-1, 2024-01-01 v@a, 2024-01-02 buy=10, 2024-01-03 refund=-4, 2024-01-04 v@b, 2024-01-05 nps=9, 2024-01-06 buy=20, 2024-01-07 refund=-5}'::journey)) t (j)) s, unnest(a)),
  'a=14 b=15', 'money goes to the conversion at or before it, or to the first');
SELECT is((SELECT string_agg(channel || '=' || value, ' ' ORDER BY channel) FROM (SELECT attribution(j, 'buy', 'amount', 'last') AS a FROM (VALUES
    ('{2024-01-01 v@a, 2024-01-02 amount=1, 2024-01-02 buy, 2024-01-03 v@b, 2024-01-05 amount=2, 2024-01-05 buy}'::journey)) t (j)) s, unnest(a)),
  'a=1 b=2', 'money at the time of a conversion is its own, whatever its name');
SELECT is((SELECT string_agg(channel || '=' || value, ' ' ORDER BY channel) FROM (SELECT attribution(j, 'buy@web+', 'buy[value >= 5]', 'last') AS a FROM (VALUES
    ('{2024-01-01 v@a, 2024-01-02 buy@shop=3, 2024-01-02T01:00 buy@web=4, 2024-01-03 buy@web=6}'::journey)) t (j)) s, unnest(a)),
  'a=0 shop=0 web=6', 'goal and revenue may be any patterns, with filters');
SELECT is((SELECT string_agg(channel || '=' || conversions, ' ' ORDER BY channel) FROM (SELECT attribution(j, 'buy', NULL, 'linear', '7 days') AS a FROM (VALUES
    ('{2024-01-01 v@old, 2024-01-08 v@week, 2024-01-14 v@new, 2024-01-15 buy}'::journey)) t (j)) s, unnest(a)), 'new=0.5 week=0.5', 'the lookback is inclusive');
SELECT is(credits('markov', '{2024-01-01 v@a}', NULL), 'a=0.0000', 'without conversions there is no credit; NULL journeys do not count');
SELECT is((SELECT attribution(j, 'buy', 'buy', 'first')::text FROM (VALUES ('{}'::journey)) t (j)), '{}', 'an empty journey has no touches');
SELECT is((SELECT attribution(NULL, 'buy', 'buy', 'first')), NULL, 'nothing to look at is NULL');

-- Many states: the sparse solution against removing paths by hand at order 1.
CREATE TEMP TABLE wide AS
SELECT i, journey_agg('2024-01-01'::timestamptz + n * interval '1 hour', CASE WHEN n = 9 THEN 'buy' ELSE 'v' END,
                      CASE WHEN n < 9 THEN 'c' || (hashint4(i * 10 + n) & 31) END) AS j
FROM generate_series(1, 3000) i, generate_series(0, 8 + (i % 3 = 0)::int) n GROUP BY i;
SELECT ok((SELECT abs(sum(conversions) - 1000) < 1e-9 AND bool_and(removal_effect BETWEEN 0 AND 1) FROM (SELECT attribution(j, 'buy', NULL, 'markov(2)') AS a FROM wide) s, unnest(a)),
  'more than 400 states are solved as well');

-- Any split gives the same bits.
CREATE TEMP TABLE serial_attribution AS SELECT m, attribution(j, 'purchase', 'purchase', m)::text AS a FROM path_journeys, unnest('{time_decay,markov(2),linear}'::text[]) m GROUP BY m;
ALTER TABLE path_journeys SET (parallel_workers = 3);
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS
  $$DECLARE l text; a text := ''; BEGIN FOR l IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP a := a || l || E'\n'; END LOOP; RETURN a; END$$;
SELECT matches(plan_of($$SELECT attribution(j, 'purchase', 'purchase', 'linear') FROM path_journeys$$), 'Partial Aggregate', 'workers aggregate in parts');
SELECT results_eq($$SELECT m, a FROM (
    SELECT 'time_decay' AS m, attribution(j, 'purchase', 'purchase', 'time_decay')::text AS a FROM path_journeys
    UNION ALL SELECT 'markov(2)', attribution(j, 'purchase', 'purchase', 'markov(2)')::text FROM path_journeys
    UNION ALL SELECT 'linear', attribution(j, 'purchase', 'purchase', 'linear')::text FROM path_journeys) s ORDER BY m$$,
  'SELECT m, a FROM serial_attribution ORDER BY m', 'parallel gives the same bits');

SELECT * FROM finish();
ROLLBACK;
