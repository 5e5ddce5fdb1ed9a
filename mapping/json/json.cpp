// The document type over simdjson's on-demand reader. What on-demand leaves unchecked is checked here: number tokens,
// depth, trailing content, escapes.
#include "mapping/json/json.hpp"

#include "conf/text.hpp"

#include <simdjson.h>

namespace dicomcast::mapping {

namespace {

namespace od = simdjson::ondemand;

struct ParseError {
  simdjson::error_code code;
  const char* what = nullptr;
};

[[noreturn]] void fail(simdjson::error_code code, const char* what = nullptr) {
  throw ParseError{code, what};
}

template<class T>
T take(simdjson::simdjson_result<T> result) {
  T value;
  if (auto code = std::move(result).get(value))
    fail(code);
  return value;
}

Json scalar(std::string_view token) {
  if (token == "null")
    return {};
  if (token == "true")
    return true;
  if (token == "false")
    return false;
  if (!is_json_number(token))
    fail(simdjson::NUMBER_ERROR, "neither a number nor true, false or null");
  return Json::Number{std::string(token)};
}

Json read(od::value value, int depth) {
  if (depth > Json::max_depth)
    fail(simdjson::DEPTH_ERROR, "nested too deep");
  switch (take(value.type())) {
  case od::json_type::object: {
    Json::Object members;
    od::object object = take(value.get_object());
    for (auto field : object) {
      std::string_view name = take(field.unescaped_key());
      members.emplace_back(std::string(name), Json{});
      members.back().second = read(take(field.value()), depth + 1);
    }
    return members;
  }
  case od::json_type::array: {
    Json::Array elements;
    od::array array = take(value.get_array());
    for (auto element : array)
      elements.push_back(read(take(std::move(element)), depth + 1));
    return elements;
  }
  case od::json_type::string:
    return Json(take(value.get_string()));
  case od::json_type::number:
  case od::json_type::boolean:
  case od::json_type::null:
    return scalar(text::trimmed(value.raw_json_token()));
  }
  fail(simdjson::TAPE_ERROR);
}

void write_pretty(const Json& json, int depth, std::string& out) {
  auto line = [&](int level) { out.append("\n").append(static_cast<std::size_t>(level) * 2, ' '); };
  if (auto* array = json.if_array(); array && !array->empty()) {
    char open = '[';
    for (auto& element : *array) {
      out += open;
      line(depth + 1);
      write_pretty(element, depth + 1, out);
      open = ',';
    }
    line(depth);
    out += ']';
  } else if (auto* object = json.if_object(); object && !object->empty()) {
    char open = '{';
    for (auto& [name, value] : *object) {
      out += open;
      line(depth + 1);
      Json::write_string(name, out);
      out += ": ";
      write_pretty(value, depth + 1, out);
      open = ',';
    }
    line(depth);
    out += '}';
  } else {
    json.write(out);
  }
}

} // namespace

bool is_json_number(std::string_view token) {
  std::size_t at = 0;
  auto digits = [&] {
    auto from = at;
    while (at < token.size() && token[at] >= '0' && token[at] <= '9')
      ++at;
    return at - from;
  };
  if (at < token.size() && token[at] == '-')
    ++at;
  auto first = at;
  auto whole = digits();
  if (whole == 0 || (whole > 1 && token[first] == '0'))
    return false;
  if (at < token.size() && token[at] == '.') {
    ++at;
    if (digits() == 0)
      return false;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    ++at;
    if (at < token.size() && (token[at] == '+' || token[at] == '-'))
      ++at;
    if (digits() == 0)
      return false;
  }
  return at == token.size();
}

std::optional<Json> Json::parse(std::string_view text, std::string* error) {
  thread_local od::parser parser;
  // In an array of one, a scalar at the root is read like any other value, and what follows the value is an error.
  simdjson::padded_string padded(text.size() + 2);
  padded.data()[0] = '[';
  std::copy(text.begin(), text.end(), padded.data() + 1);
  padded.data()[text.size() + 1] = ']';
  od::document document;
  bool begun = false;
  try {
    if (auto code = parser.iterate(padded).get(document))
      fail(code);
    begun = true;
    Json root = read(take(document.get_value()), 0);
    const char* next = nullptr; // out of bounds once all is read
    if (root.if_array()->size() != 1 || !document.current_location().get(next))
      fail(simdjson::TRAILING_CONTENT, "not exactly one value");
    return std::move(root.if_array()->front());
  } catch (const ParseError& e) {
    if (error) {
      *error = e.what ? e.what : simdjson::error_message(e.code);
      const char* at = nullptr;
      if (begun && !document.current_location().get(at) && at > padded.data() && at <= padded.data() + text.size() + 1)
        *error += " (at byte " + std::to_string(at - padded.data() - 1) + ")";
    }
    return std::nullopt;
  }
}

const Json* Json::find(std::string_view name) const {
  if (auto* members = if_object())
    for (auto& member : *members)
      if (member.first == name)
        return &member.second;
  return nullptr;
}

Json* Json::find(std::string_view name) {
  return const_cast<Json*>(std::as_const(*this).find(name));
}

std::string_view Json::text(std::string_view name) const {
  auto* member = find(name);
  auto* value = member ? member->if_string() : nullptr;
  return value ? std::string_view(*value) : std::string_view();
}

const Json::Array& Json::items(std::string_view name) const {
  static const Array none;
  auto* member = find(name);
  auto* value = member ? member->if_array() : nullptr;
  return value ? *value : none;
}

Json& Json::operator[](std::string_view name) {
  if (!is_object())
    value_ = Object{};
  if (auto* member = find(name))
    return *member;
  return std::get<Object>(value_).emplace_back(std::string(name), Json{}).second;
}

Json& Json::set(std::string_view name, Json value) {
  return (*this)[name] = std::move(value);
}

Json::Array& Json::array_at(std::string_view name) {
  Json& member = (*this)[name];
  if (!member.is_array())
    member = Array{};
  return *member.if_array();
}

bool Json::erase(std::string_view name) {
  auto* members = if_object();
  return members && std::erase_if(*members, [&](const Member& member) { return member.first == name; }) > 0;
}

Json& Json::push_back(Json value) {
  if (!is_array())
    value_ = Array{};
  return std::get<Array>(value_).emplace_back(std::move(value));
}

void Json::write_string(std::string_view text, std::string& out) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  std::size_t from = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto c = static_cast<unsigned char>(text[at]);
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(text, from, at - from);
    from = at + 1;
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out.append("\\u00").append(1, hex[c >> 4]).append(1, hex[c & 15]);
    }
  }
  out.append(text, from, std::string_view::npos);
  out += '"';
}

void Json::write(std::string& out) const {
  if (auto* value = if_string())
    return write_string(*value, out);
  if (auto* value = if_number()) {
    out += value->token;
  } else if (auto* truth = if_bool()) {
    out += *truth ? "true" : "false";
  } else if (auto* array = if_array()) {
    out += '[';
    for (auto& element : *array) {
      if (&element != array->data())
        out += ',';
      element.write(out);
    }
    out += ']';
  } else if (auto* object = if_object()) {
    out += '{';
    for (auto& [name, member] : *object) {
      if (&name != &object->front().first)
        out += ',';
      write_string(name, out);
      out += ':';
      member.write(out);
    }
    out += '}';
  } else {
    out += "null";
  }
}

std::string Json::to_text() const {
  std::string out;
  write(out);
  return out;
}

std::string Json::to_pretty_text() const {
  std::string out;
  write_pretty(*this, 0, out);
  return out;
}

} // namespace dicomcast::mapping
