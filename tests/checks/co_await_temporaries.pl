#!/usr/bin/perl
# Reads FILE:LINE:CODE, see co_await_temporaries.sh. Exit status 1 when something was found.
use strict;
use warnings;

my (%code, @files);
while (my $row = <STDIN>) {
  my ($file, undef, $text) = $row =~ /^([^:]*):(\d+):(.*\n)$/ or next;
  push @files, $file unless exists $code{$file};
  $code{$file} .= $text;
}

# Structs and classes whose body names no constructor of theirs.
my %aggregate = (array => 1);
for my $file (@files) {
  while ($code{$file} =~ /\b(?:struct|class)\s+(\w+)[^;{}()]*(\{(?:[^{}]++|(?2))*\})/g) {
    my ($name, $body) = ($1, $2);
    $aggregate{$name} = 1 unless $body =~ /(?<![~\w])\Q$name\E\s*\(/;
    pos($code{$file}) -= length($body) - 1;  # nested ones too
  }
}

# The end of the full expression that starts at $at: `;`, or the bracket that closes around it.
sub expression_end {
  my ($text, $at) = @_;
  my $depth = 0;
  for (my $i = $at; $i < length $text; ++$i) {
    my $c = substr($text, $i, 1);
    if ($c =~ /[({\[]/) { ++$depth }
    elsif ($c =~ /[)}\]]/) { return $i if --$depth < 0 && $c eq '}'; }
    elsif ($c eq ';' && $depth <= 0) { return $i }
  }
  return length $text;
}

# The start of the statement around $at; a `}` before `,`, `)` or `.` closes a temporary, any other one ends a block.
sub statement_start {
  my ($text, $at) = @_;
  my $depth = 0;
  for (my $i = $at - 1; $i >= 0; --$i) {
    my $c = substr($text, $i, 1);
    if ($c eq ';') { return $i + 1 if $depth <= 0 }
    elsif ($c eq '}') {
      return $i + 1 if $depth <= 0 && substr($text, $i + 1) !~ /^\s*[,).;]/;
      ++$depth;
    }
    elsif ($c eq '{') { return $i + 1 if --$depth < 0 }
  }
  return 0;
}

# A lambda's body is expressions of its own.
sub without_lambdas {
  my ($text) = @_;
  my $body = qr/(\{(?:[^{}]++|(?-1))*\})/;
  $text =~ s/(\[[^\[\]]*\]\s*(?:\((?:[^()]++|\([^()]*\))*\))?\s*(?:mutable|noexcept|\s)*(?:->\s*[\w:<>, *&]+?)?\s*)$body/
             my $lines = $2 =~ tr,\n,,cdr; "$1 lambda $lines"/gex;
  return $text;
}

# Whether the text ends inside the brackets of an if or while.
sub in_condition {
  my ($text) = @_;
  return 0 unless $text =~ /.*\b(?:if|while)\s*(\(.*)/s;
  my $depth = 0;
  for my $c (split //, $1) {
    if ($c eq '(') { ++$depth }
    elsif ($c eq ')') { return 0 if --$depth == 0 }
  }
  return 1;
}

my $found = 0;
for my $file (@files) {
  my $text = $code{$file};
  my %told;
  while ($text =~ /\bco_await\b/g) {
    my $at = $-[0];
    my $start = statement_start($text, $at);
    my $line_of_await = 1 + substr($text, 0, $at) =~ tr/\n//;
    my $before = substr($text, $start, $at - $start);
    # Also miscompiled: the value of a condition is destroyed twice, or the branch is taken before it is known.
    my $place = in_condition($before) ? 'the condition of if or while'
              : without_lambdas($before) =~ /\?[^;{}]*$/ ? 'a conditional operator' : '';
    if ($place && !$told{$line_of_await}++) {
      print "$file:$line_of_await: co_await in $place: await first, then look at the result\n";
      $found = 1;
    }
    my $statement = without_lambdas(substr($text, $start, expression_end($text, $at) - $start));
    next unless $statement =~ /\bco_await\b/;
    while ($statement =~ /(?:\b(\w+)\s*(?:<[^<>;{}()]*>)?\s*|[(,]\s*)\{/g) {
      next if defined $1 && !$aggregate{$1};
      my $line = 1 + (substr($text, 0, $start) . substr($statement, 0, $+[0])) =~ tr/\n//;
      next if $told{$line}++;
      my $what = defined $1 ? "$1\{...}" : 'a bare {...}';
      print "$file:$line: $what in one expression with co_await: name it first, then std::move it\n";
      $found = 1;
    }
  }
}
exit $found;
