// JSON Patch (RFC 6902) with add, replace, remove and test on a document in place; what fails is undone.
#include "tests/sim/fhir_transaction.hpp"
#include "tests/sim/target.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace dicomcast::sim {

using mapping::Json;

namespace {

struct Failed {
  std::string what;
};

/// A JSON Pointer's tokens (RFC 6901).
std::vector<std::string> tokens_of(std::string_view pointer) {
  std::vector<std::string> out;
  if (!pointer.empty() && pointer.front() != '/')
    throw Failed{"'" + std::string(pointer) + "' is no JSON Pointer"};
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    auto token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    std::string text;
    for (std::size_t i = 0; i < token.size(); ++i)
      if (token[i] == '~' && i + 1 < token.size())
        text += token[++i] == '1' ? '/' : '~';
      else
        text += token[i];
    out.push_back(std::move(text));
  }
  return out;
}

std::size_t index_of(const Json::Array& array, const std::string& token, bool may_be_end) {
  auto number = token == "-" ? static_cast<long long>(array.size()) : to_number(token).value_or(-1);
  auto limit = static_cast<long long>(array.size()) + (may_be_end ? 1 : 0);
  if (number < 0 || number >= limit)
    throw Failed{"index '" + token + "' is out of range"};
  return static_cast<std::size_t>(number);
}

Json& walk(Json& document, const std::vector<std::string>& tokens, std::size_t count) {
  Json* at = &document;
  for (std::size_t i = 0; i < count; ++i) {
    if (auto* array = at->if_array())
      at = &(*array)[index_of(*array, tokens[i], false)];
    else
      at = at->find(tokens[i]);
    if (!at)
      throw Failed{"'" + tokens[i] + "' is not there"};
  }
  return *at;
}

class Patch {
public:
  explicit Patch(Json& document) : document_(document) {}

  void apply(const Json& operation) {
    auto name = operation.text("op");
    const auto* path = operation.find("path");
    if (!path || !path->if_string())
      throw Failed{"an operation has no path"};
    auto tokens = tokens_of(*path->if_string());
    if (tokens.empty())
      throw Failed{"the whole resource may not be patched"};
    const auto* value = operation.find("value");
    if (!value && name != "remove")
      throw Failed{"an operation has no value"};
    if (name == "add")
      add(std::move(tokens), *value);
    else if (name == "replace")
      replace(std::move(tokens), *value);
    else if (name == "remove")
      remove(std::move(tokens));
    else if (name != "test")
      throw Failed{"operation '" + std::string(name) + "' is not known"};
    else if (walk(document_, tokens, tokens.size()) != *value)
      throw Failed{"the test of " + *path->if_string() + " fails"};
  }

  void undo() {
    for (auto step = undo_.rbegin(); step != undo_.rend(); ++step)
      (*step)();
  }

private:
  using Tokens = std::vector<std::string>;
  Json& parent_of(const Tokens& tokens) { return walk(document_, tokens, tokens.size() - 1); }

  void add(Tokens tokens, const Json& value) {
    auto& parent = parent_of(tokens);
    if (auto* array = parent.if_array()) {
      auto place = static_cast<std::ptrdiff_t>(index_of(*array, tokens.back(), true));
      array->insert(array->begin() + place, value);
      undo_.push_back([this, tokens = std::move(tokens), place] {
        auto* list = parent_of(tokens).if_array();
        list->erase(list->begin() + place);
      });
    } else if (parent.find(tokens.back())) {
      replace(std::move(tokens), value);
    } else if (parent.is_object()) {
      parent.set(tokens.back(), value);
      undo_.push_back([this, tokens = std::move(tokens)] { parent_of(tokens).erase(tokens.back()); });
    } else {
      throw Failed{"nothing can be added at '" + tokens.back() + "'"};
    }
  }

  void replace(Tokens tokens, const Json& value) {
    auto& there = walk(document_, tokens, tokens.size());
    auto old = std::exchange(there, value);
    undo_.push_back(
        [this, tokens = std::move(tokens), old = std::move(old)] { walk(document_, tokens, tokens.size()) = old; });
  }

  void remove(Tokens tokens) {
    auto& parent = parent_of(tokens);
    if (auto* array = parent.if_array()) {
      auto place = static_cast<std::ptrdiff_t>(index_of(*array, tokens.back(), false));
      auto old = std::move(*(array->begin() + place));
      array->erase(array->begin() + place);
      undo_.push_back([this, tokens = std::move(tokens), place, old = std::move(old)] {
        auto* list = parent_of(tokens).if_array();
        list->insert(list->begin() + place, old);
      });
    } else if (auto* there = parent.find(tokens.back())) {
      auto old = std::move(*there);
      auto* members = parent.if_object();
      auto found =
          std::find_if(members->begin(), members->end(), [&](auto& one) { return one.first == tokens.back(); });
      auto place = found - members->begin();
      members->erase(found);
      undo_.push_back([this, tokens = std::move(tokens), place, old = std::move(old)] {
        auto* list = parent_of(tokens).if_object();
        list->insert(list->begin() + place, {tokens.back(), old});
      });
    } else {
      throw Failed{"'" + tokens.back() + "' is not there"};
    }
  }

  Json& document_;
  std::vector<std::function<void()>> undo_;
};

} // namespace

std::string apply_json_patch(Json& document, std::string_view text) {
  auto operations = Json::parse(text);
  if (!operations || !operations->is_array())
    return "it is no array of operations";
  Patch patch(document);
  try {
    for (const auto& operation : *operations->if_array())
      patch.apply(operation);
  } catch (const Failed& failed) {
    patch.undo();
    return failed.what;
  }
  return {};
}

} // namespace dicomcast::sim
