# Server.pm: a private server for one Perl test, removed when it ends.
#
#   my $server = Server->new;              running, with the extension at hand
#   $server->query('SELECT 1');            rows as text, or dies
#   $server->load;                         the journeys that all tests look at
#   $server->fingerprint('database');      what must not change
#   $server->stop('immediate'); $server->start;
package Server;
use strict;
use warnings;
use File::Basename qw(dirname);

my $script = dirname(__FILE__) . '/server';

sub new
{
	my ($class) = @_;
	my @line = `$script new`;
	die "no private server\n" if $? != 0;
	chomp @line;
	$ENV{$1} = $2 while ($_ = shift @line) && /^(\w+)=(.*)$/;
	return bless { owner => $$ }, $class;
}

sub call
{
	my ($self, @arg) = @_;
	system($script, @arg) == 0 or die "server @arg failed\n";
}

sub start { $_[0]->call('start') }
sub stop { $_[0]->call('stop', $_[1] // 'fast') }

# Runs SQL in one session; the rows come back without alignment.
sub query
{
	my ($self, $sql, $database) = @_;
	my @command = ('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1',
		'-d', $database // 'postgres', '-c', $sql);
	open my $fh, '-|', @command or die "psql: $!";
	my $out = join '', <$fh>;
	close $fh or die "psql failed: $sql\n";
	chomp $out;
	return $out;
}

# 400 customers with what is hard to carry over: names with quotes, arrows,
# line ends, tabs, backslashes and emoji, the longest name there may be, ties,
# channels, values, an empty journey, NULL, and one large enough for TOAST.
sub load
{
	my ($self) = @_;
	$self->query('CREATE EXTENSION journey');
	$self->query(<<'SQL');
CREATE TABLE journeys (customer bigint PRIMARY KEY, j journey, p journey_pattern);
WITH seed AS (
  SELECT c, i, ('x' || substr(md5(c || '-' || i), 1, 7))::bit(28)::integer AS h
  FROM generate_series(1, 400) AS c, LATERAL generate_series(1, CASE c WHEN 400 THEN 20000 ELSE c % 40 + 1 END) AS i
), event AS (
  SELECT c, timestamptz '2026-03-29 00:30:00.5+00' + h % 1000 * interval '1 h' AS ts,
    (ARRAY['visit', 'say "hi"', 'a -> b', E'line\nbreak', E'tab\tand \\ backslash', '🛒 cart',
      'Übergröße', '{}', 'NULL', '\N', repeat('x', 4096)])[h % (CASE WHEN c % 50 = 0 THEN 11 ELSE 10 END) + 1] AS event,
    CASE WHEN h % 3 > 0 THEN (ARRAY['email', 'google "ads"', E'a\\b'])[h % 3 + 1] END AS channel,
    CASE WHEN h % 5 = 0 THEN h / 7.0 - 1e6 END AS value
  FROM seed
)
INSERT INTO journeys
SELECT c, journey_agg(ts, event, channel, value), '"say ""hi""" -> visit within 7 days'
FROM event GROUP BY c;
INSERT INTO journeys VALUES (1001, '{}', NULL), (1002, NULL, 'a -> b');
CREATE INDEX journeys_hash ON journeys USING hash (j);
CREATE INDEX journeys_depth ON journeys (funnel_step(j, 'visit -> "🛒 cart"'));
CREATE VIEW depth AS SELECT customer, funnel_step(j, 'visit -> "🛒 cart" within 7 days') AS depth FROM journeys;
SQL
}

# Content by bytes, by text and by what functions say.
sub fingerprint
{
	my ($self, $database) = @_;
	return $self->query(<<'SQL', $database);
SELECT count(*), count(j), sum(length(j)),
  md5(string_agg(coalesce(md5(journey_send(j)), '-'), ',' ORDER BY customer)),
  md5(string_agg(coalesce(md5(j::text), '-'), ',' ORDER BY customer)),
  md5(string_agg(coalesce(p::text, '-'), ',' ORDER BY customer)),
  (SELECT sum(depth) FROM depth)
FROM journeys;
SQL
}

sub DESTROY
{
	my ($self) = @_;
	local $?;
	system($script, 'remove') if $self->{owner} == $$;
}

1;
