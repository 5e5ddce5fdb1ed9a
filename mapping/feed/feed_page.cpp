// Reads a page by simdjson's DOM, which picks the machine's fastest code at run time and checks the whole text. What
// that refuses although it is JSON (numbers beyond 64 bits) or nearly so (broken UTF-8) is read again as a document.
#include "mapping/feed/entry.hpp"

#include "conf/text.hpp"
#include "mapping/feed/entry_reader.hpp"
#include "mapping/feed/map_entry.hpp"
#include "mapping/feed/mend.hpp"
#include "mapping/json/json_node.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <new>

namespace dicomcast::mapping {

namespace {

namespace dom = simdjson::dom;

struct DomNode {
  dom::element value;

  template<class T>
  std::optional<T> get() const {
    T out;
    return value.get(out) == simdjson::SUCCESS ? std::optional(out) : std::nullopt;
  }
  bool is_null() const { return value.is_null(); }
  bool is_object() const { return value.is_object(); }
  bool is_array() const { return value.is_array(); }
  std::optional<std::string_view> string() const { return get<std::string_view>(); }
  std::optional<std::int64_t> integer() const {
    if (value.type() == dom::element_type::DOUBLE)
      return whole_number(*get<double>());
    return get<std::int64_t>();
  }
  std::string text() const { return simdjson::minify(value); }
  template<class F>
  void each_member(F each) const {
    if (auto members = get<dom::object>())
      for (auto [name, member] : *members)
        each(name, DomNode{member});
  }
  template<class F>
  void each_element(F each) const {
    if (auto elements = get<dom::array>())
      for (auto element : *elements)
        each(DomNode{element});
  }
};

/// What of an entry was no Unicode text.
struct Mended {
  std::bitset<tag_count> tags;
  std::vector<std::string> elsewhere;
};

Json* metadata_of(Json& entry) {
  if (auto* members = entry.if_object())
    for (auto& [name, value] : *members)
      if (text::equal_but_for_case(name, "metadata"))
        return &value;
  return nullptr;
}

Mended mend(Json& entry) {
  Mended mended;
  auto* metadata = metadata_of(entry);
  if (auto* attributes = metadata ? metadata->if_object() : nullptr)
    for (auto& [key, attribute] : *attributes) {
      if (!replace_marks(attribute))
        continue;
      auto number = number_of_key(key);
      if (auto tag = number ? tag_of_number(*number) : std::nullopt)
        mended.tags.set(static_cast<std::size_t>(*tag));
      else
        mended.elsewhere.push_back(in_quotes(key) + ": bytes that are no UTF-8 became U+FFFD");
    }
  if (replace_marks(entry))
    mended.elsewhere.push_back("the entry: bytes that are no UTF-8 became U+FFFD");
  return mended;
}

std::vector<Json*> entries_of(Json& page) {
  std::vector<Json*> entries;
  if (auto* elements = page.if_array())
    for (auto& element : *elements)
      entries.push_back(&element);
  else if (!page.is_null())
    entries.push_back(&page);
  return entries;
}

bool map_node(const auto& node, const Options& options, const Mended* mended, std::vector<MappedEntry>& entries,
              std::string& error) {
  RawEntry raw;
  if (mended) {
    raw.mended = mended->tags;
    raw.mended_elsewhere = mended->elsewhere;
  }
  if (auto* what = read_entry(node, raw)) {
    error = fmt::format("entry {} of the page {}", entries.size() + 1, what);
    return false;
  }
  map_entry(raw, options, entries.emplace_back());
  return true;
}

/// Reads the page as documents: slower, but numbers of any size, and broken text mended.
bool map_documents(std::string_view text, const Options& options, std::vector<MappedEntry>& entries,
                   std::string& error) {
  auto page = Json::parse(text, &error);
  bool is_broken = false;
  if (!page) {
    auto marked = mark_broken(text);
    is_broken = marked != text;
    if (is_broken)
      page = Json::parse(marked, &error);
    if (!page)
      return false;
  }
  for (auto* entry : entries_of(*page)) {
    auto mended = is_broken ? mend(*entry) : Mended{};
    if (!map_node(JsonNode{entry}, options, &mended, entries, error))
      return false;
    if (auto* metadata = metadata_of(*entry))
      map_observations(entries.back(), *metadata, options);
  }
  return true;
}

dom::parser make_parser() {
  dom::parser parser;
  // Not deeper than documents may be, so that the way a page is read makes no difference.
  if (parser.allocate(64 * 1024, Json::max_depth - 6))
    throw std::bad_alloc();
  return parser;
}

/// False with an empty `error`: the page must be read as documents.
bool map_by_dom(std::string_view text, const Options& options, std::vector<MappedEntry>& entries, std::string& error) {
  constexpr std::size_t kept_capacity = 4 * 1024 * 1024;
  thread_local auto parser = make_parser();
  dom::element page;
  bool is_json = parser.parse(text.data(), text.size()).get(page) == simdjson::SUCCESS;
  auto map_all = [&] {
    if (auto elements = DomNode{page}.get<dom::array>()) {
      entries.reserve(elements->size());
      for (auto element : *elements)
        if (!map_node(DomNode{element}, options, nullptr, entries, error))
          return false;
      return true;
    }
    return page.is_null() || map_node(DomNode{page}, options, nullptr, entries, error);
  };
  bool done = is_json && map_all();
  // Observations keep numbers as the feed gives them, which the DOM does not.
  auto has_report = [](const MappedEntry& entry) {
    return entry.is_structured_report && entry.effect == Effect::Upsert;
  };
  if (done && options.generate_observations && std::any_of(entries.begin(), entries.end(), has_report)) {
    entries.clear();
    done = false;
  }
  if (parser.capacity() > kept_capacity)
    parser = make_parser();
  return done;
}

} // namespace

std::optional<std::vector<MappedEntry>> read_feed_page(std::string_view text, const Options& options,
                                                       std::string* error) {
  text = text::without_byte_order_mark(text);
  std::vector<MappedEntry> entries;
  if (text::is_blank(text))
    return entries;
  std::string fault;
  if (map_by_dom(text, options, entries, fault) || (fault.empty() && map_documents(text, options, entries, fault)))
    return entries;
  if (error)
    *error = fault;
  return std::nullopt;
}

} // namespace dicomcast::mapping
