-- Complains if the script is run in psql, rather than through CREATE EXTENSION.
\echo Use "CREATE EXTENSION journey" to load this file. \quit
