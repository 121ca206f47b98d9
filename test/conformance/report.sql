-- The table, and what went wrong.
\pset null ''
SELECT file AS set, fn AS asks, count(*) FILTER (WHERE verdict = 'passed') AS passed,
       count(*) FILTER (WHERE verdict = 'failed') AS failed,
       count(*) FILTER (WHERE verdict = 'differs') AS differ, count(*) FILTER (WHERE verdict = 'skipped') AS skipped,
       regexp_replace(note, '(does not know this yet): .*', '\1') AS note
FROM answer GROUP BY 1, 2, 7 ORDER BY 1, 2, 7;
SELECT count(*) FILTER (WHERE verdict = 'passed') AS passed,
       count(*) FILTER (WHERE verdict = 'failed') AS failed,
       count(*) FILTER (WHERE verdict = 'differs') AS differ, count(*) FILTER (WHERE verdict = 'skipped') AS skipped
FROM answer;
SELECT EXISTS (SELECT FROM answer WHERE verdict = 'failed') AS failed, EXISTS (SELECT FROM answer WHERE note LIKE '%does not know%') AS unsaid \gset
\if :failed
\echo Failed cases (the first 40):
SELECT file AS set, id, name, expected, got, note FROM answer WHERE verdict = 'failed' ORDER BY 1, 2, 3 LIMIT 40;
\endif
\if :unsaid
\echo Patterns the language does not know yet:
SELECT DISTINCT id, substr(note, strpos(note, ': ') + 2, 150) AS pattern FROM answer WHERE note LIKE '%does not know%' ORDER BY 1;
\endif
