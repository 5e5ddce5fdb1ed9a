// The document type: an ordered JSON value that keeps number tokens as text, so that a FHIR decimal `1.10` goes back as
// `1.10` (FHIR R4, datatypes.html#decimal: the precision of decimals counts) and members stay where they were.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dicomcast::mapping {

/// One JSON value (RFC 8259). A value type: copying copies the whole tree. Any thread, like an int.
class Json {
public:
  /// A number as it stood in the text: never converted, so never rounded.
  struct Number {
    std::string token;
    bool operator==(const Number&) const = default;
  };
  using Array = std::vector<Json>;
  using Member = std::pair<std::string, Json>;
  /// Members in the order of the text. Of several members with one name, the first counts.
  using Object = std::vector<Member>;

  /// Arrays and objects nested deeper than this are refused.
  static constexpr int max_depth = 256;

  Json() = default; ///< null
  Json(bool value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  Json(Number value) : value_(std::move(value)) {}
  static Json integer(std::int64_t value) { return Number{std::to_string(value)}; }
  static Json object() { return Object{}; }
  static Json array() { return Array{}; }

  /// Reads a whole text, strictly: UTF-8, one value of any kind, nothing after it, at most max_depth deep.
  /// `error`, if given, is set to what was wrong and at which byte (counted from 0) when nothing is returned.
  static std::optional<Json> parse(std::string_view text, std::string* error = nullptr);

  bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  bool is_string() const { return std::holds_alternative<std::string>(value_); }
  bool is_array() const { return std::holds_alternative<Array>(value_); }
  bool is_object() const { return std::holds_alternative<Object>(value_); }

  /// The value of that kind, or nullptr where it is of another.
  const bool* if_bool() const { return std::get_if<bool>(&value_); }
  const std::string* if_string() const { return std::get_if<std::string>(&value_); }
  std::string* if_string() { return std::get_if<std::string>(&value_); }
  const Number* if_number() const { return std::get_if<Number>(&value_); }
  const Array* if_array() const { return std::get_if<Array>(&value_); }
  Array* if_array() { return std::get_if<Array>(&value_); }
  const Object* if_object() const { return std::get_if<Object>(&value_); }
  Object* if_object() { return std::get_if<Object>(&value_); }

  /// The member of that name, or nullptr: also where this is no object.
  const Json* find(std::string_view name) const;
  Json* find(std::string_view name);
  /// The string member of that name; empty where there is none or it is no string.
  std::string_view text(std::string_view name) const;
  /// The array member's elements; an empty list where there is none or it is no array.
  const Array& items(std::string_view name) const;

  /// Replaces the member in its place, or adds it at the end. This becomes an object if it was none.
  Json& set(std::string_view name, Json value);
  /// The member of that name, added as null at the end where there is none. This becomes an object if it was none.
  Json& operator[](std::string_view name);
  /// The array member of that name, made if it is absent or no array.
  Array& array_at(std::string_view name);
  bool erase(std::string_view name);
  /// Adds an element. This becomes an array if it was none.
  Json& push_back(Json value);

  /// Appends the shortest text: no spaces, numbers as they were read, `"`, `\` and control characters escaped.
  void write(std::string& out) const;
  std::string to_text() const;
  /// With line breaks and two spaces a level: for people.
  std::string to_pretty_text() const;
  /// Appends a string as a JSON string, with its quotes.
  static void write_string(std::string_view text, std::string& out);

  /// Equal as texts: the order of members counts, `1.0` is not `1.00`.
  bool operator==(const Json&) const = default;

private:
  std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

/// Whether a token is a number by RFC 8259, section 6.
bool is_json_number(std::string_view token);

} // namespace dicomcast::mapping
