#include "settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace recado::bench {

namespace {

std::string variable(const char* name, const std::string& otherwise = "") {
  const char* text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : text;
}

std::set<std::string> names(const std::string& list) {
  std::set<std::string> out;
  std::stringstream words(list);
  for (std::string word; std::getline(words, word, ',');) {
    if (!word.empty()) out.insert(word);
  }
  return out;
}

}  // namespace

Settings settings_of_environment() {
  Settings settings;
  if (variable("BENCH_QUICK") == "1") settings.scale = Scale::quick;
  if (variable("BENCH_SMOKE") == "1") settings.scale = Scale::smoke;
  const std::string rounds = variable("BENCH_ROUNDS", settings.pick("3", "2", "1"));
  settings.rounds = std::max(1, std::atoi(rounds.c_str()));
  settings.groups = names(variable("BENCH_ONLY"));
  settings.contestants =
      names(variable("BENCH_PEERS", settings.scale == Scale::smoke ? std::string("recado") : std::string()));
  settings.keep = variable("BENCH_KEEP") == "1";
  settings.out = variable("BENCH_OUT", RECADO_BENCH_OUT);
  settings.peers = RECADO_BENCH_PEERS;
  settings.npm = RECADO_BENCH_NPM;
  return settings;
}

}  // namespace recado::bench
