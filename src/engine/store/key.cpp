#include <cstdint>

#include "base/varint.hpp"
#include "engine/series.hpp"
#include "engine/store/record.hpp"

namespace recado::engine {

namespace {

constexpr std::string_view kMainAccount = "main";
constexpr char kClientId = 'c';
constexpr char kClientUuid = 'u';
constexpr char kMadeId = 'g';
constexpr char kChild = 'k';
constexpr char kAccount = 'a';
constexpr char kHandled = 'h';
constexpr unsigned kShardMask = 15;
/// First bytes of a key below this are a Uid's clock; the letters above all lie past it.
constexpr unsigned char kUidLimit = 0x40;
static_assert(kClientId >= kUidLimit && kClientUuid >= kUidLimit && kChild >= kUidLimit &&
              kAccount >= kUidLimit && kHandled >= kUidLimit);
constexpr std::size_t kUuidBytes = 16;

bool is_stored_uid(std::string_view bytes) {
  return bytes.size() == Uid::kSize && static_cast<unsigned char>(bytes.front()) < kUidLimit;
}

std::string made_key(std::string_view account, const Uid& uid) {
  std::string key;
  if (account != kMainAccount) {
    key.push_back(kAccount);
    append_varint(key, account.size());
    key.append(account).push_back(kMadeId);
  }
  return key.append(uid.bytes());
}

/// The bytes of a UUID in lower case, its usual form; empty for every other text.
std::string packed_uuid(std::string_view text) {
  const auto bits = parse_uuid(text);
  if (!bits || uuid_text(*bits) != text) return {};
  std::string packed;
  for (const std::uint64_t half : {bits->high, bits->low}) {
    for (int shift = 56; shift >= 0; shift -= 8) packed.push_back(static_cast<char>(half >> shift));
  }
  return packed;
}

std::string unpacked_uuid(std::string_view packed) {
  UuidBits bits;
  for (std::size_t i = 0; i < packed.size(); ++i) {
    std::uint64_t& half = i < packed.size() / 2 ? bits.high : bits.low;
    half = half << 8 | static_cast<unsigned char>(packed[i]);
  }
  return uuid_text(bits);
}

std::string client_key(std::string_view account, std::string_view id) {
  std::string key;
  if (account != kMainAccount) {
    key.push_back(kAccount);
    append_varint(key, account.size());
    key.append(account);
  }
  if (const std::string packed = packed_uuid(id); !packed.empty()) {
    key.push_back(kClientUuid);
    return key.append(packed);
  }
  key.push_back(kClientId);
  return key.append(id);
}

/// A key taken apart, without building anything.
struct KeyView {
  enum class Kind { made, client, client_uuid, child, handled, none } kind = Kind::none;
  std::string_view account = kMainAccount;
  std::string_view id;  ///< the client's own, or its 16 bytes, or our 12
  unsigned shard = 0;   ///< of a child
};

KeyView view_key(std::string_view key) {
  KeyView view;
  if (is_stored_uid(key)) {
    view.kind = KeyView::Kind::made;
    view.id = key;
    return view;
  }
  if (key.empty()) return view;
  if (key.front() == kChild) {
    if (key.size() != 2 + Uid::kSize || static_cast<unsigned char>(key[1]) > kShardMask) return view;
    view.kind = KeyView::Kind::child;
    view.shard = static_cast<unsigned char>(key[1]);
    view.id = key.substr(2);
    return view;
  }
  std::string_view rest = key;
  if (rest.front() == kHandled) {
    rest.remove_prefix(1);
    std::uint64_t length = 0;
    if (read_varint(rest, length) != Varint::read || length == 0 || length >= rest.size()) return view;
    view.kind = KeyView::Kind::handled;
    view.account = rest.substr(0, length);
    view.id = rest.substr(length);
    return view;
  }
  if (rest.front() == kAccount) {
    rest.remove_prefix(1);
    std::uint64_t length = 0;
    if (read_varint(rest, length) != Varint::read || length == 0 || length >= rest.size()) return view;
    view.account = rest.substr(0, length);
    rest.remove_prefix(length);
    // `main` has shorter keys: one message, one key.
    if (view.account == kMainAccount) return view;
    if (rest.front() == kMadeId && is_stored_uid(rest.substr(1))) {
      view.kind = KeyView::Kind::made;
      view.id = rest.substr(1);
      return view;
    }
  }
  if (rest.front() == kClientUuid && rest.size() == 1 + kUuidBytes) {
    view.kind = KeyView::Kind::client_uuid;
    view.id = rest.substr(1);
    return view;
  }
  if (rest.front() != kClientId || rest.size() == 1) return view;
  view.kind = KeyView::Kind::client;
  view.id = rest.substr(1);
  return view;
}

/// The part of a client's id that chooses the shard, by the rule of Redis Cluster's hash tags.
std::string_view shard_part(std::string_view id) {
  const auto open = id.find('{');
  if (open == std::string_view::npos) return id;
  const auto close = id.find('}', open + 1);
  if (close == std::string_view::npos || close == open + 1) return id;
  return id.substr(open + 1, close - open - 1);
}

/// FNV-1a, finished by MurmurHash3's mixer: the low bits of plain FNV of similar ids are not even. DO NOT
/// CHANGE: it says where a stored message is.
std::uint64_t hash(std::string_view account, std::string_view part) {
  std::uint64_t h = 0xcbf29ce484222325U;
  const auto take = [&h](char c) { h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U; };
  for (const char c : account) take(c);
  take('\0');
  for (const char c : part) take(c);
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdU;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53U;
  return h ^ (h >> 33);
}

}  // namespace

std::optional<Uid> made_uid(std::string_view id) {
  auto uid = Uid::from_uuid(id);
  // Anybody can compute a UUID of our form; one of the far future would be a key that starts with a letter.
  if (!uid || !is_stored_uid(uid->bytes())) return std::nullopt;
  return uid;
}

std::string message_key(std::string_view account, std::string_view id) {
  const auto uid = made_uid(id);
  return uid ? made_key(account, *uid) : client_key(account, id);
}

std::string message_key(const Message& message) {
  if (message.child) return child_key(message.child_shard, message.uid);
  if (!message.spec.handler.empty()) return handled_key(message.spec.account, message.id());
  if (message.spec.id.empty()) return made_key(message.spec.account, message.uid);
  return message_key(message.spec.account, message.spec.id);
}

std::string child_key(unsigned shard, const Uid& uid) {
  std::string key{kChild, static_cast<char>(shard & kShardMask)};
  return key.append(uid.bytes());
}

std::string handled_key(std::string_view account, std::string_view id) {
  std::string key{kHandled};
  append_varint(key, account.size());
  return key.append(account).append(id);
}

Result<KeyParts> parse_key(std::string_view key) {
  const KeyView view = view_key(key);
  KeyParts parts;
  parts.account = view.account;
  switch (view.kind) {
    case KeyView::Kind::none:
      return Error(ErrorCode::internal,
                   "a stored key of " + std::to_string(key.size()) + " bytes is not the key of a message");
    case KeyView::Kind::handled:
      parts.handled = true;
      parts.id = view.id;
      return parts;
    case KeyView::Kind::client:
      parts.id = view.id;
      return parts;
    case KeyView::Kind::client_uuid:
      parts.id = unpacked_uuid(view.id);
      return parts;
    case KeyView::Kind::made:
      parts.made = true;
      break;
    case KeyView::Kind::child:
      parts.child = true;
      parts.shard = view.shard;
      break;
  }
  parts.uid = Uid::from_bytes(view.id);
  parts.id = parts.uid.uuid();
  return parts;
}

unsigned shard_of(std::string_view key) {
  const KeyView view = view_key(key);
  switch (view.kind) {
    case KeyView::Kind::child:
      return view.shard;
    case KeyView::Kind::client: {
      const std::string_view part = shard_part(view.id);
      // An occurrence lies where its series does: one script writes both.
      const auto series = part == view.id ? series_in(view.id) : std::nullopt;
      if (series) return shard_of(message_key(view.account, *series));
      return static_cast<unsigned>(hash(view.account, part)) & kShardMask;
    }
    case KeyView::Kind::client_uuid:
      return static_cast<unsigned>(hash(view.account, view.id)) & kShardMask;
    case KeyView::Kind::handled:
      return static_cast<unsigned>(hash(view.account, shard_part(view.id))) & kShardMask;
    case KeyView::Kind::made:
      return static_cast<unsigned char>(view.id.back()) & kShardMask;  // DO NOT CHANGE either
    case KeyView::Kind::none:
      break;
  }
  return static_cast<unsigned>(hash({}, key)) & kShardMask;
}

}  // namespace recado::engine
