#!/usr/bin/env perl
# pg_dump and restore carry journeys, patterns and what is built on them.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Server;
use Test::More;

my $server = Server->new;
$server->load;
my $before = $server->fingerprint;
my $dump = "$ENV{JOURNEY_SERVER}/dump";

my %way = (
	'plain SQL' => [ "pg_dump -f '$dump' postgres", "psql -X -q -v ON_ERROR_STOP=1 -o /dev/null -d %s -f '$dump'" ],
	'INSERT commands' => [ "pg_dump --rows-per-insert=50 -f '$dump' postgres", "psql -X -q -v ON_ERROR_STOP=1 -o /dev/null -d %s -f '$dump'" ],
	'custom format' => [ "pg_dump -Fc -f '$dump' postgres", "pg_restore --exit-on-error -d %s '$dump'" ],
);
my $number = 0;
for my $name (sort keys %way)
{
	my ($out, $in) = @{ $way{$name} };
	my $copy = 'copy_' . ++$number;

	# What the dump reads back must not depend on who reads it and where.
	$server->query("CREATE DATABASE $copy");
	$server->query("ALTER DATABASE $copy SET timezone = 'Pacific/Kiritimati'");
	$server->query("ALTER DATABASE $copy SET datestyle = 'German'");
	is(system($out), 0, "$name: dumps");
	is(system(sprintf $in, $copy), 0, "$name: restores");
	is($server->fingerprint($copy), $before, "$name: the same journeys");
}
is($server->query('SELECT extname FROM pg_extension WHERE extname = $$journey$$', 'copy_1'), 'journey',
	'the dump creates the extension instead of its objects');

# The extension may live in a schema of its own, and move.
$server->query('CREATE DATABASE elsewhere');
$server->query('CREATE SCHEMA tools; CREATE EXTENSION journey SCHEMA tools;
	CREATE TABLE public.t AS SELECT tools.journey_agg(now(), $$visit$$) AS j;
	ALTER EXTENSION journey SET SCHEMA public', 'elsewhere');
is($server->query('SELECT path_text(j) FROM t', 'elsewhere'), 'visit', 'the extension moves between schemas');

done_testing();
