#!/usr/bin/perl
# Prints C++ files as FILE:LINE:CODE without comments and without what stands in strings, so that a check reads code only.
use strict;
use warnings;

# Newlines stay, so that lines keep their numbers.
sub newlines { my ($text) = @_; return $text =~ tr/\n//cdr; }

for my $file (@ARGV) {
  open(my $in, '<', $file) or die "$file: $!\n";
  my $code = do { local $/; <$in> };
  # The first alternatives win: an include keeps its name, raw strings and strings become "", comments vanish.
  $code =~ s{
      (^[ \t]*\#[ \t]*include[^\n]*)
    | R"([^\s()\\]{0,16})\((?<raw>.*?)\)\2"
    | "(?:\\.|[^"\\\n])*"
    | (?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'
    | //[^\n]*
    | (?<comment>/\*.*?\*/)
  }{ defined $1 ? $1 : defined $+{raw} ? '""' . newlines($+{raw}) : defined $+{comment} ? newlines($+{comment})
     : substr($&, 0, 2) eq '//' ? '' : substr($&, 0, 1) eq q(') ? q('') : '""' }gmsex;
  my $line = 0;
  print "$file:" . ++$line . ":$_\n" for split(/\n/, $code, -1);
}
