// Reading search parameters (FHIR R4 search.html): lists by `,`, tokens by `|`, escapes by a backslash.
#include "tests/sim/fhir_store.hpp"
#include "tests/sim/target.hpp"

namespace dicomcast::sim {

namespace {

/// Cuts at a separator that no backslash stands before; escapes stay.
std::vector<std::string> cut(std::string_view text, char separator) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\\' && i + 1 < text.size())
      out.back().append(text.substr(i++, 2));
    else if (text[i] == separator)
      out.emplace_back();
    else
      out.back() += text[i];
  return out;
}

/// Takes the escapes away. Nothing if one is none that FHIR knows, or an unescaped `$` stands there.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$')
      return std::nullopt;
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i == text.size() || std::string_view("\\,|$").find(text[i]) == std::string_view::npos)
      return std::nullopt;
    out += text[i];
  }
  return out;
}

std::optional<std::vector<std::string>> read_strings(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& one : cut(text, ',')) {
    auto value = unescape(one);
    if (!value)
      return std::nullopt;
    out.push_back(std::move(*value));
  }
  return out;
}

std::optional<std::vector<SearchQuery::Wanted>> read_tokens(std::string_view text) {
  std::vector<SearchQuery::Wanted> out;
  for (const auto& one : cut(text, ',')) {
    auto parts = cut(one, '|');
    auto value = unescape(parts.back());
    auto system = parts.size() == 2 ? unescape(parts.front()) : std::optional<std::string>();
    if (parts.size() > 2 || !value || (parts.size() == 2 && !system) ||
        (value->empty() && (!system || system->empty())))
      return std::nullopt;
    out.push_back({std::move(system), std::move(*value)});
  }
  return out;
}

} // namespace

std::optional<SearchQuery> read_search_query(std::string_view type,
                                             const std::vector<std::pair<std::string, std::string>>& parameters,
                                             std::string& error) {
  SearchQuery query;
  query.type = type;
  for (const auto& [name, value] : parameters) {
    bool good = true;
    if (name == "identifier") {
      good = !query.identifiers && bool(query.identifiers = read_tokens(value));
    } else if (name == "connection-type" && type == "Endpoint") {
      good = !query.connection_types && bool(query.connection_types = read_tokens(value));
    } else if (name == "name" && type == "Endpoint") {
      good = !query.names && bool(query.names = read_strings(value));
    } else if (name == "_id") {
      good = !query.ids && bool(query.ids = read_strings(value));
    } else if (name == "subject" || name == "patient" || name == "part-of") {
      good = !query.references && bool(query.references = read_strings(value));
    } else if (name == "_count" || name == "_offset") {
      auto number = to_number(value);
      good = number && *number >= 0;
      if (good && name == "_count")
        query.count = *number;
      else if (good)
        query.offset = *number;
    } else if (name != "_total" && name != "_format") {
      error = "unknown search parameter '" + name + "' of " + query.type;
      return std::nullopt;
    }
    if (!good) {
      error = "the value '" + value + "' of search parameter '" + name + "' is malformed, or the parameter is repeated";
      return std::nullopt;
    }
  }
  return query;
}

} // namespace dicomcast::sim
