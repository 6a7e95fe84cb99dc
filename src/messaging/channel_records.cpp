#include "messaging/channel_records.hpp"

#include <algorithm>
#include <utility>

#include "base/id.hpp"
#include "base/text.hpp"
#include "base/words.hpp"

namespace recado::messaging {
namespace {

using records::Document;
using records::Field;
using records::Record;

constexpr const char* kNoKey =
    "cannot be kept: SECRETS_KEY is not set. Set it (`openssl rand -hex 32`) for every node and start anew";

struct Keeping {
  io::Loop& loop;
  std::shared_ptr<const ChannelSurroundings> around;
  std::shared_ptr<const Sealer> sealer;
  std::function<bool(std::string_view)> taken;
};

Document object_of(const Document& fields, const char* name) {
  const auto text = fields.find(name);
  if (!text) return {};
  auto object = Document::parse(*text);
  return object ? std::move(object).value() : Document();
}

void judge_name(Document& fields, const Keeping& keeping, FieldProblems& problems) {
  const std::string name(trimmed(fields.text("name").value_or(""), " "));
  if (name.empty()) return static_cast<void>(problems.emplace_back("name", "is required"));
  fields.set_text("name", name);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name == to_string(ChannelKind::whatsapp) || name == to_string(ChannelKind::email)) {
    problems.emplace_back("name", "stands for the default of its kind: use another name");
  } else if (std::all_of(name.begin(), name.end(), is_digit) || Uid::from_uuid(name)) {
    problems.emplace_back("name", "could be an id: use a name with a letter");
  } else if (keeping.taken(name)) {
    problems.emplace_back("name", "is that of a channel of the environment: use another name");
  }
}

/// Adds the secrets that `object` (JSON) has.
void add_secrets(const Document& object, ChannelConfig& config) {
  for (const auto& [name, value] : object.fields())
    config.set_secret(name.c_str(), Secret(object.text(name).value_or("")));
}

/// The secrets that a record has; those of a provider that it was changed from are none.
void add_kept(const Record& record, const Keeping& keeping, ChannelConfig& config) {
  const auto sealed = record.fields.text("sealed");
  if (!sealed || !keeping.sealer || record.fields.text("provider") != to_string(config.provider)) return;
  const auto opened = keeping.sealer->open(*sealed, record.uid.uuid());
  if (!opened) return;  // with another key: all are to be given anew
  if (const auto object = Document::parse(opened->reveal())) add_secrets(*object, config);
}

std::string as_object(const ChannelConfig& config) {
  Document object;
  for (const auto& [name, value] : config.secrets) object.set_text(name, value.reveal());
  return object.json();
}

/// Keeps the secrets that there were, unless others were given or nothing needs them any more.
void judge_parts(Draft& draft, ProviderName provider, const Keeping& keeping, FieldProblems& problems) {
  Document& fields = draft.fields;
  const Document given = object_of(fields, "secrets");
  fields.remove("secrets");
  fields.remove("sealed");
  ChannelConfig config;
  config.provider = provider;
  config.settings = object_of(fields, "settings");
  const bool none_needed = provider == ProviderName::smtp && !config.settings.find("username");
  if (draft.before != nullptr && !none_needed) {
    add_kept(*draft.before, keeping, config);
    const bool closed = config.secrets.empty() && given.fields().empty() &&
                        draft.before->fields.text("provider") == to_string(provider);
    // What is sealed is there, also when it cannot be opened now: it stays as it is.
    if (const auto sealed = draft.before->fields.text("sealed"); closed && sealed) {
      fields.set_text("sealed", *sealed);
      config.set_secret(secret_names(provider).front().c_str(), Secret("sealed"));
      judge(config, *keeping.around, problems);
      fields.set("settings", config.settings.json());
      return;
    }
  }
  add_secrets(given, config);
  judge(config, *keeping.around, problems);
  fields.set("settings", config.settings.json());
  if (config.secrets.empty()) return;
  if (!keeping.sealer) {
    problems.emplace_back("secrets." + config.secrets.begin()->first, kNoKey);
    return;
  }
  auto object = as_object(config);
  fields.set_text("sealed", keeping.sealer->seal(object, draft.uid.uuid()));
  wipe(object);
}

void judge_default(Draft& draft, Instant now) {
  const bool was = draft.before != nullptr && draft.before->fields.flag("default");
  const bool is =
      draft.fields.find("default") ? draft.fields.flag("default") : was && !draft.names("default");
  draft.fields.set_flag("default", is);
  draft.fields.remove("defaultSince");
  if (!is) return;
  const auto since = was ? draft.before->fields.text("defaultSince") : std::nullopt;
  draft.fields.set_text("defaultSince", since.value_or(format_time(now)));
}

void judge_channel(Draft& draft, const Keeping& keeping, FieldProblems& problems) {
  judge_name(draft.fields, keeping, problems);
  judge_default(draft, keeping.loop.clock().now());
  const auto provider = provider_named(draft.fields.text("provider").value_or(""));
  if (!provider) {
    problems.emplace_back("provider", "is required: evolution, twilio, cloud or smtp");
    draft.fields.remove("secrets");
    return;
  }
  judge_parts(draft, *provider, keeping, problems);
}

}  // namespace

const records::Type& channel_type() {
  static const records::Type type("channels", {Field("name").unique('u').sorted('n').folded()});
  return type;
}

ChannelRecords::ChannelRecords(io::Loop& loop, records::Store& store, ChannelSurroundings around,
                               const Secret& secrets_key, std::function<bool(std::string_view)> taken)
    : ChannelRecords(loop, store, std::make_shared<const ChannelSurroundings>(std::move(around)),
                     secrets_key.empty() ? nullptr : std::make_shared<const Sealer>(secrets_key),
                     std::move(taken)) {}

ChannelRecords::ChannelRecords(io::Loop& loop, records::Store& store,
                               std::shared_ptr<const ChannelSurroundings> around,
                               std::shared_ptr<const Sealer> sealer,
                               std::function<bool(std::string_view)> taken)
    : Collection(store, channel_type(),
                 [keeping = Keeping{loop, around, sealer, std::move(taken)}](
                     Draft& draft, FieldProblems& problems) { judge_channel(draft, keeping, problems); }),
      around_(std::move(around)),
      sealer_(std::move(sealer)) {}

Result<ChannelConfig> ChannelRecords::config_of(const Record& record) const {
  ChannelConfig config;
  const auto provider = provider_named(record.fields.text("provider").value_or(""));
  if (!provider) return Error(ErrorCode::invalid_argument, "its provider is not known to this version");
  config.provider = *provider;
  config.settings = object_of(record.fields, "settings");
  const auto sealed = record.fields.text("sealed");
  if (!sealed) return config;
  if (!sealer_)
    return Error(ErrorCode::invalid_argument, "its secret cannot be read: SECRETS_KEY is not set");
  auto opened = sealer_->open(*sealed, record.uid.uuid());
  if (!opened) return Error(ErrorCode::invalid_argument, "its secret " + opened.error().detail());
  const auto object = Document::parse(opened->reveal());
  if (!object) return Error(ErrorCode::invalid_argument, "its secret is damaged: give it anew");
  add_secrets(*object, config);
  return config;
}

}  // namespace recado::messaging
