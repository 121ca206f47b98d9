#!/usr/bin/env perl
# COPY carries journeys and patterns unchanged, in each of its formats, also
# between sessions with other settings.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Server;
use Test::More;

my $server = Server->new;
$server->load;
my $before = $server->fingerprint;
my $file = "$ENV{JOURNEY_SERVER}/copied";

my %format = (
	binary => 'FORMAT binary',
	text => 'FORMAT text',
	csv => "FORMAT csv, NULL '-'",
);
for my $name (sort keys %format)
{
	$server->query("\\copy journeys TO '$file' ($format{$name})");
	$server->query('TRUNCATE journeys');
	local $ENV{PGOPTIONS} = '-c timezone=Asia/Kathmandu -c datestyle=SQL,DMY -c intervalstyle=iso_8601 -c bytea_output=escape -c extra_float_digits=0';
	$server->query("\\copy journeys FROM '$file' ($format{$name})");
	delete $ENV{PGOPTIONS};
	is($server->fingerprint, $before, "COPY in $name format there and back");
}

# What is cut off is refused: by our reader, or by the server's when it asks
# for bytes that are not there.
$server->query("\\copy (SELECT j FROM journeys WHERE customer = 7) TO '$file' (FORMAT binary)");
open my $fh, '+<:raw', $file or die;
my $bytes = do { local $/; <$fh> };
# header 19 bytes, 2 for the field count, 4 for the field's length
my $length = unpack 'N', substr $bytes, 21, 4;
substr($bytes, 21, 4) = pack 'N', $length - 1;
substr($bytes, 25 + $length - 1, 1) = '';
seek $fh, 0, 0;
truncate $fh, 0;
print $fh $bytes;
close $fh;
$server->query('CREATE TABLE cut (j journey)');
my $error = `psql -X -q -d postgres -v VERBOSITY=verbose -c "\\copy cut FROM '$file' (FORMAT binary)" 2>&1`;
like($error, qr/22P03|08P01/, 'a value that is cut off is refused');
is($server->query('SELECT count(*) FROM cut'), '0', '... and not stored');

done_testing();
