// Boost.JSON's parser, told to flatten what it reads.
#include "conf/json_file.hpp"

#include "conf/text.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::conf {

namespace {

namespace json = boost::json;

/// What the parser calls as it goes through the text (the names are Boost.JSON's).
class Flattener {
public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  FlatFile values;
  bool root_is_object = false;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) {
    root_is_object |= path_.empty() && arrays_ == 0;
    path_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t members, json::error_code&) {
    path_.pop_back();
    if (members == 0 && !path_.empty())
      add(Value::Kind::Object, {});
    return true;
  }
  bool on_array_begin(json::error_code&) {
    if (++arrays_ == 1)
      elements_.clear();
    return true;
  }
  bool on_array_end(std::size_t, json::error_code&) {
    --arrays_;
    return add(Value::Kind::Array, fmt::format("{}", fmt::join(elements_, ",")));
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return keep(part); }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    path_.back() = taken(part);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return keep(part); }
  bool on_string(json::string_view part, std::size_t, json::error_code&) { return add(Value::Kind::Text, taken(part)); }
  bool on_number_part(json::string_view part, json::error_code&) { return keep(part); }
  bool on_int64(std::int64_t, json::string_view part, json::error_code&) {
    return add(Value::Kind::Number, taken(part));
  }
  bool on_uint64(std::uint64_t, json::string_view part, json::error_code&) {
    return add(Value::Kind::Number, taken(part));
  }
  bool on_double(double, json::string_view part, json::error_code&) { return add(Value::Kind::Number, taken(part)); }
  bool on_bool(bool value, json::error_code&) { return add(Value::Kind::Boolean, value ? "true" : "false"); }
  bool on_null(json::error_code&) { return true; }

private:
  std::vector<std::string> path_;     ///< the key in each object that is open
  int arrays_ = 0;                    ///< arrays that are open
  std::vector<std::string> elements_; ///< the scalars of the array that is open
  std::string parts_;                 ///< of a token that came in parts

  bool keep(json::string_view part) {
    parts_.append(part.data(), part.size());
    return true;
  }
  std::string taken(json::string_view part) {
    keep(part);
    return std::exchange(parts_, {});
  }
  bool add(Value::Kind kind, std::string text) {
    if (arrays_ > 0)
      elements_.push_back(std::move(text));
    else if (!path_.empty())
      values.emplace_back(fmt::format("{}", fmt::join(path_, ":")), Value{kind, std::move(text)});
    return true;
  }
};

std::string position(std::string_view text, std::size_t offset) {
  auto before = text.substr(0, offset);
  auto line_start = before.rfind('\n');
  return fmt::format("line {}, column {}", 1 + std::count(before.begin(), before.end(), '\n'),
                     line_start == std::string_view::npos ? before.size() + 1 : before.size() - line_start);
}

} // namespace

std::variant<FlatFile, std::string> read_json_file(std::string_view text) {
  text = text::without_byte_order_mark(text);
  json::parse_options options;
  options.allow_comments = true;
  options.allow_trailing_commas = true;
  json::basic_parser<Flattener> parser(options);
  json::error_code error;
  auto read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read < text.size())
    error = json::error::extra_data;
  if (error)
    return fmt::format("{}: not JSON: {}", position(text, read), error.message());
  if (!parser.handler().root_is_object)
    return "line 1, column 1: a JSON object with the sections of the configuration was expected";
  return std::move(parser.handler().values);
}

} // namespace dicomcast::conf
