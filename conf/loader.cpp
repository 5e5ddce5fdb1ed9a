// Gathers values from file, environment and --set, puts them into the configuration, and checks them together.
#include "conf/loader.hpp"

#include "conf/json_file.hpp"
#include "conf/keys.hpp"
#include "conf/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

extern char** environ;

namespace dicomcast::conf {

namespace {

struct Given {
  Value value;
  std::string source; ///< `conf/dicomcast.json`, `environment variable DicomWeb__Endpoint`, `--set`
  bool is_empty() const { return value.kind == Value::Kind::Text && text::trimmed(value.text).empty(); }
};

/// One load: fills a Loaded step by step.
class Loader {
public:
  explicit Loader(const Sources& sources) : sources_(sources) {}

  Loaded run() {
    read_file();
    read_environment();
    read_settings();
    for (const auto& key : keys())
      apply(key);
    check_secrets();
    for (const auto& [section, service] : {std::pair("DicomWeb:", &config().dicom), std::pair("Fhir:", &config().fhir)})
      check_service(section, *service);
    check_page_size();
    check_mapping();
    check_state_store();
    for (const auto& key : keys())
      note_setting(key);
    finish_endpoints();
    return std::move(loaded_);
  }

private:
  const Sources& sources_;
  Loaded loaded_;
  std::map<const Key*, Given> given_;

  Config& config() { return loaded_.config; }
  void fail(std::string error) { loaded_.errors.push_back(std::move(error)); }
  /// Each once.
  void note(std::string text, LogLevel level = LogLevel::Info) {
    Note said{level, std::move(text)};
    if (std::find(loaded_.notes.begin(), loaded_.notes.end(), said) == loaded_.notes.end())
      loaded_.notes.push_back(std::move(said));
  }

  void read_file() {
    if (sources_.file_may_be_absent && !std::filesystem::exists(sources_.file)) {
      note(fmt::format("{}: not there; going on without a file", sources_.file));
      return;
    }
    auto text = read_whole_file(sources_.file);
    if (!text)
      return fail(fmt::format("{}: the configuration file cannot be read", sources_.file));
    auto flat = read_json_file(*text);
    if (auto* error = std::get_if<std::string>(&flat))
      return fail(fmt::format("{}, {}", sources_.file, *error));
    std::map<const Key*, Given> here;
    for (auto& [name, value] : std::get<FlatFile>(flat))
      take(name, {std::move(value), sources_.file}, here);
    override_with(std::move(here));
  }

  void read_environment() {
    std::map<const Key*, Given> here;
    for (const auto& [variable, value] : sources_.environment) {
      std::string name;
      for (std::string_view rest = variable; !rest.empty();) {
        bool is_separator = rest.substr(0, 2) == "__";
        name += is_separator ? ':' : rest.front();
        rest.remove_prefix(is_separator ? 2 : 1);
      }
      auto colon = name.find(':');
      if (colon != std::string::npos && is_section(std::string_view(name).substr(0, colon)))
        take(name, {{Value::Kind::Text, value}, "environment variable " + variable}, here);
    }
    override_with(std::move(here));
  }

  void read_settings() {
    for (const auto& setting : sources_.settings) {
      auto equals = setting.find('=');
      if (equals == std::string::npos || equals == 0) {
        // The text is not shown: it may hold a secret.
        fail("--set: expected Key:Sub=value, such as --set Log:Level=debug");
        continue;
      }
      std::map<const Key*, Given> here;
      take(std::string(text::trimmed(setting.substr(0, equals))),
           {{Value::Kind::Text, setting.substr(equals + 1)}, "--set"}, here);
      override_with(std::move(here));
    }
  }

  /// The key with members of any name that this one is a member of; null: none.
  static const Key* find_parent(std::string_view name) {
    auto parent = std::find_if(keys().begin(), keys().end(), [&](const Key& key) {
      return key.kind == Value::Kind::Object && name.size() > key.name.size() + 1 && name[key.name.size()] == ':' &&
             text::equal_but_for_case(name.substr(0, key.name.size()), key.name);
    });
    return parent == keys().end() ? nullptr : &*parent;
  }

  /// The members of an object that is given as text, as JSON: `{"a": "b"}`.
  static void read_members(Value& value) {
    auto flat = value.kind == Value::Kind::Text ? read_json_file(value.text) : std::variant<FlatFile, std::string>("");
    if (auto* members = std::get_if<FlatFile>(&flat)) {
      value.kind = Value::Kind::Object;
      for (auto& [name, member] : *members) {
        value.members.emplace_back(name, member.text);
      }
    }
  }

  /// Puts a value under its key, or says why it cannot.
  void take(const std::string& name, Given given, std::map<const Key*, Given>& here) {
    if (const auto* parent = find_parent(name)) {
      auto& [value, source] = here.try_emplace(parent, Given{{Value::Kind::Object, {}}, given.source}).first->second;
      bool is_text = given.value.kind == Value::Kind::Text;
      value.members.emplace_back(name.substr(parent->name.size() + 1), is_text ? given.value.text : std::string());
      return;
    }
    if (const auto* key = find_key(name); key && key->kind == Value::Kind::Object) {
      read_members(given.value);
    }
    if (const auto* key = find_key(name)) {
      auto [first, is_first] = here.try_emplace(key, given);
      if (!is_first)
        fail(fmt::format("{}: given twice ({}; {})", key->name, first->second.source, given.source));
      return;
    }
    if (auto section = passed_over(name); !section.empty()) {
      note(
          fmt::format("{}: passed over, a setting of the original without a meaning here ({})", section, given.source));
      return;
    }
    bool is_whole_section = std::any_of(keys().begin(), keys().end(), [&](const Key& key) {
      return key.name.size() > name.size() && key.name[name.size()] == ':' &&
             text::equal_but_for_case(std::string_view(key.name).substr(0, name.size()), name);
    });
    if (!is_whole_section) {
      fail(
          fmt::format("{}: no such key; the nearest known one is {} ({})", name, nearest_key(name).name, given.source));
    } else if (given.value.kind != Value::Kind::Object && !given.is_empty()) {
      fail(fmt::format("{}: expected a section with keys of its own ({})", name, given.source));
    }
  }

  void override_with(std::map<const Key*, Given> later) {
    for (auto& [key, given] : later) {
      auto earlier = given_.find(key);
      if (given.value.kind == Value::Kind::Object && earlier != given_.end()) {
        auto& members = earlier->second.value.members; // by member: the later one counts
        given.value.members.insert(given.value.members.begin(), members.begin(), members.end());
      }
    }
    later.merge(given_); // keeps those that are there
    given_ = std::move(later);
  }

  const Given* find(std::string_view name) const {
    auto found = given_.find(find_key(name));
    return found == given_.end() ? nullptr : &found->second;
  }
  bool has(std::string_view name) const {
    const auto* given = find(name);
    return given && !given->is_empty();
  }

  void apply(const Key& key) {
    auto found = given_.find(&key);
    bool is_absent = found == given_.end();
    if (key.required && (is_absent || found->second.is_empty()))
      return fail(fmt::format("{}: required and not given; expected {}", key.name, key.expected));
    std::string reason;
    if (is_absent || key.assign(found->second.value, config(), reason))
      return;
    const auto& [value, source] = found->second;
    fail(fmt::format("{}: found {}, expected {}{}{} ({})", key.name, shown_in_error(key, value), key.expected,
                     reason.empty() ? "" : ": ", reason, source));
  }

  /// A secret is not shown, nor a URL that may hold one.
  static std::string shown_in_error(const Key& key, const Value& value) {
    bool is_scalar = value.kind != Value::Kind::Array && value.kind != Value::Kind::Object;
    bool may_hold_secret = key.secret || value.text.find_first_of("@?") != std::string::npos;
    return is_scalar && may_hold_secret ? "a value that is not shown here" : shown(value);
  }

  void check_secrets() {
    for (const auto& key : keys()) {
      if (has(key.name) && has(key.file_of)) {
        fail(fmt::format("{}: given twice, as such ({}) and by {} ({}); one of the two must go", key.file_of,
                         find(key.file_of)->source, key.name, find(key.name)->source));
      }
    }
  }

  void check_service(const std::string& section, const ServiceConfig& service) {
    if (!service.client_key_file.empty() && service.client_certificate_file.empty()) {
      fail(
          fmt::format("{0}ClientKeyFile: a key without its certificate; {0}ClientCertificateFile is missing", section));
    }
    if (service.insecure) {
      note(
          fmt::format("{}Insecure is on: certificates are not verified, anybody on the way can read and change what is "
                      "sent",
                      section),
          LogLevel::Warn);
    }
    const auto& authentication = service.authentication;
    if (!authentication.enabled)
      return;
    auto prefix = section + "Authentication:";
    auto type = find_key(prefix + "AuthenticationType")->show(config());
    for (const auto& name : required_credentials(authentication.type)) {
      if (!has(prefix + name) && !(find_key(prefix + name)->secret && has(prefix + name + "File"))) {
        bool is_secret = find_key(prefix + name)->secret;
        fail(fmt::format("{0}{1}: required by AuthenticationType {2} and not given; expected {3}{4}", prefix, name,
                         type, find_key(prefix + name)->expected,
                         is_secret ? fmt::format(", here or in the file of {}{}File", prefix, name) : ""));
      }
    }
    if (authentication.type == AuthenticationType::Basic && authentication.username.find(':') != std::string::npos) {
      fail(fmt::format(
          "{}BasicCredential:Username: holds a colon, which Basic authentication cannot carry (RFC 7617 section 2)",
          prefix));
    }
  }

  void check_page_size() {
    constexpr int most_in_v1 = 100;
    if (config().api_version == ApiVersion::V1 && config().feed_page_size > most_in_v1) {
      const auto& [value, source] = *find("Engine:FeedPageSize");
      fail(fmt::format(
          "Engine:FeedPageSize: found {}, expected a whole number from 1 to {} with DicomWeb:ApiVersion v1 ({})",
          shown(value), most_in_v1, source));
    }
  }

  void check_mapping() {
    if (config().profile != Profile::Original) {
      return;
    }
    for (auto [name, is_wrong] : {std::pair("Mapping:Include", config().groups().any()),
                                  {"Mapping:DoseProfile", config().dose() != DoseProfile::None}}) {
      if (is_wrong) {
        fail(fmt::format("{}: found {}, expected nothing with Mapping:Profile Original ({})", name,
                         find_key(name)->show(config()), find(name)->source));
      }
    }
  }

  void check_state_store() {
    if (config().state_store_path.empty() && config().table_store_connection_string.empty())
      fail("StateStore:Path: required where no TableStore:ConnectionString is given; expected the path of a file");
  }

  void note_setting(const Key& key) {
    const auto* given = find(key.name);
    auto value = given && !key.file_of.empty() ? given->value.text : key.show(config());
    if (!value.empty())
      loaded_.settings.push_back({key.name, value, given ? given->source : "default"});
  }

  /// Requests go to PrivateEndpoint if that is set; the resources name Endpoint.
  void finish_endpoints() {
    auto& source = config().dicom_source;
    if (config().dicom.endpoint.empty())
      config().dicom.endpoint = source;
    if (!source.empty()) {
      source = normalised_url(source);
      auto path = std::string_view(source).substr(0, source.find_last_not_of('/') + 1);
      if (path.size() > 3 && (path.substr(path.size() - 3) == "/v1" || path.substr(path.size() - 3) == "/v2")) {
        note(fmt::format("DicomWeb:Endpoint: ends in {}, which requests add by themselves (DicomWeb:ApiVersion)",
                         path.substr(path.size() - 3)));
      }
    }
  }
};

} // namespace

std::vector<std::pair<std::string, std::string>> process_environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** variable = environ; *variable; ++variable) {
    std::string_view text = *variable;
    auto equals = text.find('=');
    if (equals != std::string_view::npos)
      variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Loaded load(const Sources& sources) {
  return Loader(sources).run();
}

std::string render(const std::vector<Loaded::Setting>& settings) {
  std::size_t key_width = 0, value_width = 0;
  for (const auto& [key, value, source] : settings) {
    key_width = std::max(key_width, key.size());
    value_width = std::max(value_width, value.size());
  }
  std::string text;
  for (const auto& [key, value, source] : settings)
    text += fmt::format("{:<{}}  {:<{}}  {}\n", key, key_width, value, value_width, source);
  return text;
}

} // namespace dicomcast::conf
