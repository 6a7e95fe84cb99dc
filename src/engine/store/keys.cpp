#include "engine/store/keys.hpp"

#include <array>

namespace recado::engine::keys {

namespace {

// CRC16 slots 586, 1735, 2368, 3533, 4396, 5539, 6516, 7805, 8813, 9574, 10821, 11542, 12725, 13624, 15018,
// 15733.
constexpr std::array<std::string_view, kShards> kTags = {
    "s0-60", "s1-78", "s2-40", "s3-58", "s4-10",  "s5-158", "s6-23",  "s7-8",
    "s8-9",  "s9-58", "s10-0", "s11-3", "s12-60", "s13-78", "s14-22", "s15-29"};

std::string key(unsigned shard, std::string_view noun, std::string_view rest = {}) {
  std::string out = "recado:1:{";
  out += kTags[shard];
  out += "}:";
  out += noun;
  out += rest;
  return out;
}

std::string join(std::string_view first, std::string_view account, std::string_view name) {
  std::string out(first);
  out += account;
  out += ':';
  out += name;
  return out;
}

}  // namespace

std::string_view shard_tag(unsigned shard) {
  return kTags.at(shard);
}

std::string messages(unsigned shard) {
  return key(shard, "messages");
}
std::string due(unsigned shard) {
  return key(shard, "due");
}
std::string claimed(unsigned shard, std::string_view incarnation) {
  return key(shard, "claimed:", incarnation);
}
std::string beats(unsigned shard) {
  return key(shard, "beats");
}
std::string barred(unsigned shard, std::string_view incarnation) {
  return key(shard, "barred:", incarnation);
}
std::string claims(unsigned shard) {
  return key(shard, "claims");
}
std::string gates(unsigned shard) {
  return key(shard, "gates");
}
std::string gate_times(unsigned shard) {
  return key(shard, "gate-times");
}
std::string notes(unsigned shard) {
  return key(shard, "notes");
}
std::string held(unsigned shard, std::string_view gate) {
  return key(shard, "held:", gate);
}
std::string history(unsigned shard) {
  return key(shard, "history");
}
std::string finished(unsigned shard, std::string_view status) {
  return key(shard, status);
}
std::string counts(unsigned shard) {
  return key(shard, "counts");
}
std::string outcomes(unsigned shard) {
  return key(shard, "outcomes");
}
std::string index(unsigned shard, std::string_view what) {
  return key(shard, "index:", what);
}
std::string once(unsigned shard) {
  return key(shard, "once");
}
std::string signing_secret() {
  return "recado:1:secret:signing";
}

std::string born() {
  return "recado:1:born";
}

std::string sent_on_day(std::string_view channel, std::string_view day) {
  return join("recado:1:sent:", channel, day);
}

std::string tag_index(std::string_view account, std::string_view tag) {
  return join("tag:", account, tag);
}
std::string queue_index(std::string_view account, std::string_view queue) {
  return join("queue:", account, queue);
}
std::string account_index(std::string_view account) {
  return "account:" + std::string(account);
}

std::string origin_gate(std::string_view origin) {
  if (origin.starts_with(kChannelOrigin)) return std::string(origin);  // its own gate
  return "origin:" + std::string(origin);
}
std::string share_gate(std::string_view origin) {
  return "share:" + std::string(origin);
}
std::string queue_gate(std::string_view account, std::string_view queue) {
  return join("queue:", account, queue);
}

std::string day_gate(std::string_view channel) {
  return "day:" + std::string(channel);
}

std::string pending_count(std::string_view account, std::string_view queue) {
  return join("p:", account, queue);
}
std::string finished_count(std::string_view status, std::string_view account) {
  return std::string(status) + ":" + std::string(account);
}

}  // namespace recado::engine::keys
