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

/// A page while it is read: what is wanted of it, and its rows so far.
struct Reading {
  struct Row {
    std::int64_t sequence = 0;
    std::string timestamp;
    std::shared_ptr<MappedEntry> entry; ///< null: not wanted
  };
  const Options& options;
  const std::function<bool(std::int64_t)>& is_wanted;
  std::vector<Row> rows{};
  std::string error{}; ///< why the page cannot be read

  bool add(const auto& node, const Mended* mended) {
    RawEntry raw;
    raw.groups = options.groups;
    if (mended) {
      raw.mended = mended->tags;
      raw.mended_elsewhere = mended->elsewhere;
    }
    if (auto* what = read_entry(node, raw)) {
      error = fmt::format("entry {} of the page {}", rows.size() + 1, what);
      return false;
    }
    auto& row = rows.emplace_back(Row{raw.sequence, std::string(raw.timestamp), nullptr});
    if (is_wanted(raw.sequence)) {
      row.entry = std::make_shared<MappedEntry>();
      map_entry(raw, options, *row.entry);
    }
    return true;
  }
};

/// Reads the page as documents: slower, but numbers of any size, and broken text mended.
bool read_documents(std::string_view text, Reading& reading) {
  auto page = Json::parse(text, &reading.error);
  bool is_broken = false;
  if (!page) {
    auto marked = mark_broken(text);
    is_broken = marked != text;
    if (is_broken)
      page = Json::parse(marked, &reading.error);
    if (!page)
      return false;
  }
  for (auto* entry : entries_of(*page)) {
    auto mended = is_broken ? mend(*entry) : Mended{};
    if (!reading.add(JsonNode{entry}, &mended))
      return false;
    auto& mapped = reading.rows.back().entry;
    if (auto* metadata = metadata_of(*entry); metadata && mapped)
      map_observations(*mapped, *metadata, reading.options);
  }
  return true;
}

/// The texts of a page's entries. The page is known to be JSON: a list, or one entry.
std::vector<std::string_view> texts_of_entries(std::string_view page) {
  auto begin = page.find_first_not_of(" \t\r\n");
  if (page[begin] != '[')
    return {page};
  std::vector<std::string_view> texts;
  int depth = 0;
  for (auto at = begin + 1; at < page.size(); ++at) {
    switch (page[at]) {
    case '"':
      while (page[++at] != '"')
        at += page[at] == '\\';
      break;
    case '{':
    case '[':
      if (depth++ == 0)
        begin = at;
      break;
    case '}':
    case ']':
      if (--depth == 0)
        texts.push_back(page.substr(begin, at + 1 - begin));
      break;
    default:
      break;
    }
  }
  return texts;
}

/// Observations keep numbers as the feed gives them, which the DOM does not: the reports are read again as documents.
void read_reports(std::string_view text, Reading& reading) {
  auto is_report = [&](const Reading::Row& row) {
    return row.entry && row.entry->is_structured_report && row.entry->effect == Effect::Upsert;
  };
  if (!reading.options.generate_observations || std::none_of(reading.rows.begin(), reading.rows.end(), is_report))
    return;
  auto texts = texts_of_entries(text);
  for (std::size_t at = 0; at < reading.rows.size(); ++at) {
    auto& row = reading.rows[at];
    auto entry = is_report(row) ? Json::parse(texts[at]) : std::nullopt;
    if (auto* metadata = entry ? metadata_of(*entry) : nullptr)
      map_observations(*row.entry, *metadata, reading.options);
  }
}

dom::parser make_parser() {
  dom::parser parser;
  // Not deeper than documents may be, so that the way a page is read makes no difference.
  if (parser.allocate(64 * 1024, Json::max_depth - 6))
    throw std::bad_alloc();
  return parser;
}

/// False without an error: the page must be read as documents.
bool read_by_dom(std::string_view text, Reading& reading) {
  constexpr std::size_t kept_capacity = 4 * 1024 * 1024;
  thread_local auto parser = make_parser();
  dom::element page;
  bool is_json = parser.parse(text.data(), text.size()).get(page) == simdjson::SUCCESS;
  auto add_all = [&] {
    if (auto elements = DomNode{page}.get<dom::array>()) {
      reading.rows.reserve(elements->size());
      for (auto element : *elements)
        if (!reading.add(DomNode{element}, nullptr))
          return false;
      return true;
    }
    return page.is_null() || reading.add(DomNode{page}, nullptr);
  };
  bool done = is_json && add_all();
  if (parser.capacity() > kept_capacity)
    parser = make_parser();
  if (done)
    read_reports(text, reading);
  return done;
}

/// False: it cannot be read, and reading.error says why.
bool read(std::string_view text, Reading& reading) {
  text = text::without_byte_order_mark(text);
  if (text::is_blank(text))
    return true;
  return read_by_dom(text, reading) || (reading.error.empty() && read_documents(text, reading));
}

} // namespace

std::optional<std::vector<PageRow>> read_feed_rows(std::string_view text, const Options& options,
                                                   const std::function<bool(std::int64_t)>& is_wanted,
                                                   std::string* error) {
  Reading reading{options, is_wanted};
  if (!read(text, reading)) {
    if (error)
      *error = reading.error;
    return std::nullopt;
  }
  std::vector<PageRow> rows;
  rows.reserve(reading.rows.size());
  for (auto& row : reading.rows)
    rows.push_back({row.sequence, std::move(row.timestamp), std::move(row.entry)});
  return rows;
}

std::optional<std::vector<MappedEntry>> read_feed_page(std::string_view text, const Options& options,
                                                       std::string* error) {
  std::function<bool(std::int64_t)> all = [](std::int64_t) { return true; };
  Reading reading{options, all};
  if (!read(text, reading)) {
    if (error)
      *error = reading.error;
    return std::nullopt;
  }
  std::vector<MappedEntry> entries;
  entries.reserve(reading.rows.size());
  for (auto& row : reading.rows)
    entries.push_back(std::move(*row.entry));
  return entries;
}

} // namespace dicomcast::mapping
