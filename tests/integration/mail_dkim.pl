#!/usr/bin/perl
# SPDX-FileCopyrightText: 2026 The Signpost authors
# SPDX-License-Identifier: Apache-2.0
#
# What Mail::DKIM says of the message on standard input, asking the DNS server ADDRESS PORT:
# a line "dkim DOMAIN SELECTOR RESULT" for each signature and a line "arc RESULT DETAILS".
use strict;
use warnings;
use Mail::DKIM::ARC::Verifier;
use Mail::DKIM::DNS;
use Mail::DKIM::Verifier;
use Net::DNS::Resolver;

my ($address, $port) = @ARGV;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(
    nameservers => [$address], port => $port, recurse => 1, retry => 2, retrans => 1,
    udp_timeout => 2, udppacketsize => 4096, dnsrch => 0, defnames => 0));

binmode STDIN;
my $message = do { local $/; <STDIN> };

my $verifier = Mail::DKIM::Verifier->new;
$verifier->PRINT($message);
$verifier->CLOSE;
for my $signature ($verifier->signatures) {
    my $result = $signature->result;
    # This release knows no Ed25519: "invalid (unsupported algorithm ...)".
    $result = 'unsupported' if $signature->result_detail =~ /unsupported algorithm/;
    printf "dkim %s %s %s\n", $signature->domain, $signature->selector, $result;
}

my $chain = Mail::DKIM::ARC::Verifier->new;
$chain->PRINT($message);
$chain->CLOSE;
printf "arc %s %s\n", $chain->result, $chain->result_detail =~ s/\s+/ /gr;
