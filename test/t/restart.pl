#!/usr/bin/env perl
# Stored journeys are the same after a restart and after a crash.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Server;
use Test::More;

my $server = Server->new;
$server->load;
my $before = $server->fingerprint;
like($before, qr/^402\|401\|2\d{4}\|/, 'the journeys are there');

$server->stop('fast');
$server->start;
is($server->fingerprint, $before, 'the same after a restart');

# Half of the work is behind a checkpoint, half only in the log.
$server->query('CHECKPOINT');
$server->query(<<'SQL');
CREATE TABLE late AS SELECT customer, j || added AS j
FROM journeys, (SELECT journey_agg(timestamptz '2027-01-01 00:00+00', 'late', 'store', 1)) AS late(added)
WHERE j IS NOT NULL;
UPDATE journeys SET j = late.j FROM late WHERE late.customer = journeys.customer AND journeys.customer % 2 = 0;
DELETE FROM journeys WHERE customer % 7 = 3;
SQL
$before = $server->fingerprint;
my $uncommitted = fork // die;
if ($uncommitted == 0)
{
	# A transaction that the crash must undo; its session dies with the server.
	open STDERR, '>', '/dev/null';
	exec 'psql', '-X', '-q', '-c', "BEGIN; UPDATE journeys SET j = '{}'; SELECT pg_sleep(600)";
}
for (1 .. 600)
{
	last if $server->query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") eq '1';
	select undef, undef, undef, 0.1;
}
$server->stop('immediate');
waitpid $uncommitted, 0;
$server->start;
is($server->fingerprint, $before, 'the same after a crash, without the unfinished transaction');

is($server->query(<<'SQL'), 't', 'the hash index finds each journey after the crash');
SET enable_seqscan = off;
SELECT bool_and(EXISTS (SELECT FROM journeys AS b WHERE b.j = a.j AND b.customer = a.customer))
FROM journeys AS a WHERE a.j IS NOT NULL;
SQL
my $depth = q{SELECT count(*) FROM journeys WHERE funnel_step(j, 'visit -> "🛒 cart"') = 2};
is($server->query("SET enable_seqscan = off; $depth"),
	$server->query("SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off; $depth"),
	'the index on an expression agrees with the table after the crash');

done_testing();
