// The one table of configuration keys. Loading, the search for unknown keys, `check`, the sample file and the table in
// README.md all use it. A new key is a member in config.hpp and a row here.
#pragma once

#include "conf/config.hpp"
#include "conf/values.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::conf {

struct Key {
  std::string name;     ///< `Section:Key`
  std::string expected; ///< what a value must be, for messages: `true or false`
  std::string meaning;  ///< a sentence
  bool required = false;
  bool secret = false; ///< the value is never shown
  std::string file_of; ///< the key of the secret that is in this file; empty: this is no secret's file
  /// Reads a value into the configuration. Returns whether it is valid; if not, `reason` may say why.
  std::function<bool(const Value&, Config&, std::string& reason)> assign;
  /// The value in the configuration, as it would stand in the file, without quotes.
  std::function<std::string(const Config&)> show;
  Value::Kind kind = Value::Kind::Text; ///< how a JSON file writes it; Object: a key with members of any name
};

/// Every key, in the order of the sample file. `AuthenticationType` and `Enabled` come before the credentials, since a
/// credential is read only if it belongs to the type in use.
const std::vector<Key>& keys();

/// The key of that name in any case, or nullptr.
const Key* find_key(std::string_view name);
/// The key with the smallest edit distance from `name`, ignoring case.
const Key& nearest_key(std::string_view name);

/// The key or section of the original that has no meaning here and holds this key, such as `Logging` for
/// `logging:LogLevel:Default`; empty: it is none of those.
std::string_view passed_over(std::string_view name);
/// Whether keys that begin with this part exist, passed over or not: `DicomWeb`, in any case.
bool is_section(std::string_view first_part);

/// The keys that a credential of this type requires, by their names below `Authentication`, such as
/// `BasicCredential:Username`.
std::vector<std::string> required_credentials(AuthenticationType type);

} // namespace dicomcast::conf
