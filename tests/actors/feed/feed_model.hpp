// A change feed in memory, both versions, and a naive reader of it: what the cursor's tests measure it by.
#pragma once

#include "actors/feed/feed_cursor.hpp"
#include "actors/feed/feed_timestamp.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace dicomcast::tests {

struct FeedItem {
  std::int64_t sequence = 0;
  actors::FeedTime time = 0;
  bool malformed = false;      ///< with metadata it is no JSON
  bool bare_malformed = false; ///< nor without
};

struct FeedAnswer {
  bool is_latest = false, malformed = false;
  std::optional<std::int64_t> latest;
  std::vector<mapping::PageRow> rows;
};

class FeedModel {
public:
  explicit FeedModel(conf::ApiVersion version) : version_(version) {}

  void add(FeedItem item) {
    auto key = [&](const FeedItem& one) {
      return std::pair(version_ == conf::ApiVersion::V1 ? 0 : one.time, one.sequence);
    };
    auto is_before = [&](auto& a, auto& b) { return key(a) < key(b); };
    items_.insert(std::upper_bound(items_.begin(), items_.end(), item, is_before), item);
  }
  /// v2: pages hold that many rows at most, whatever is asked for.
  void set_greatest_page(std::size_t rows) { greatest_page_ = rows; }
  const std::vector<FeedItem>& items() const { return items_; }
  std::int64_t latest() const {
    std::int64_t latest = 0;
    for (auto& item : items_)
      latest = std::max(latest, item.sequence);
    return latest;
  }
  std::set<std::int64_t> sequences(std::int64_t after, std::int64_t last = INT64_MAX) const {
    std::set<std::int64_t> result;
    for (auto& item : items_)
      if (item.sequence > after && item.sequence <= last)
        result.insert(item.sequence);
    return result;
  }

  FeedAnswer answer(const std::string& path) const {
    FeedAnswer answer;
    auto root = version_ == conf::ApiVersion::V1 ? "v1/changefeed" : "v2/changefeed";
    if (path == std::string(root) + "/latest?includeMetadata=false") {
      answer.is_latest = true;
      if (!items_.empty())
        answer.latest = latest();
      return answer;
    }
    auto query = path.find('?');
    if (path.substr(0, query) != root)
      throw std::logic_error("an unexpected path: " + path);
    auto parameters = parse(path.substr(query + 1));
    auto offset = number(parameters.at("offset")), limit = number(parameters.at("limit"));
    bool with_metadata = parameters.at("includeMetadata") == "true";
    if (offset < 0 || limit < 1 || limit > (version_ == conf::ApiVersion::V1 ? 100 : 200))
      throw std::logic_error("out of bounds: " + path);
    for (auto& item : version_ == conf::ApiVersion::V1 ? window(offset, limit) : rows(offset, limit, parameters)) {
      answer.malformed = answer.malformed || item.bare_malformed || (item.malformed && with_metadata);
      auto entry = std::make_shared<mapping::MappedEntry>();
      entry->sequence = item.sequence;
      entry->effect = mapping::Effect::Upsert;
      answer.rows.push_back({item.sequence, item.time ? actors::format_feed_time(item.time) : "",
                             with_metadata ? std::move(entry) : nullptr});
    }
    return answer;
  }

private:
  static std::map<std::string, std::string> parse(std::string query) {
    std::map<std::string, std::string> parameters;
    while (!query.empty()) {
      auto end = std::min(query.find('&'), query.size());
      auto equals = query.find('=');
      parameters[query.substr(0, equals)] = query.substr(equals + 1, end - equals - 1);
      query.erase(0, end + 1);
    }
    return parameters;
  }
  static std::int64_t number(const std::string& text) {
    std::int64_t value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }
  std::vector<FeedItem> window(std::int64_t offset, std::int64_t limit) const {
    std::vector<FeedItem> result;
    for (auto& item : items_)
      if (item.sequence > offset && item.sequence - offset <= limit)
        result.push_back(item);
    return result;
  }
  std::vector<FeedItem> rows(std::int64_t offset, std::int64_t limit,
                             const std::map<std::string, std::string>& parameters) const {
    auto bound = [&](const char* name, actors::FeedTime otherwise) {
      auto at = parameters.find(name);
      return at == parameters.end() ? otherwise : actors::parse_feed_time(at->second).value();
    };
    auto start = bound("startTime", INT64_MIN), end = bound("endTime", INT64_MAX);
    std::vector<FeedItem> result;
    for (auto& item : items_)
      if (item.time >= start && item.time < end)
        result.push_back(item);
    result.erase(result.begin(), result.begin() + std::min<std::ptrdiff_t>(offset, std::ssize(result)));
    result.resize(std::min<std::size_t>(result.size(), std::min(static_cast<std::size_t>(limit), greatest_page_)));
    return result;
  }

  conf::ApiVersion version_;
  std::vector<FeedItem> items_; ///< in the order of the version
  std::size_t greatest_page_ = SIZE_MAX;
};

/// Gives a cursor the answer of one of its requests.
inline void deliver(actors::FeedCursor& cursor, const actors::FeedRequest& request, const FeedModel& feed) {
  auto answer = feed.answer(request.path);
  if (answer.is_latest)
    cursor.on_latest(request.id, answer.latest);
  else if (answer.malformed)
    cursor.on_malformed(request.id, "no JSON");
  else {
    for (auto& row : answer.rows)
      if (!cursor.wants(row.sequence))
        row.entry = nullptr;
    cursor.on_page(request.id, std::move(answer.rows));
  }
}

inline std::vector<std::int64_t> sequences_of(const std::vector<actors::EntryPtr>& entries) {
  std::vector<std::int64_t> result;
  for (auto& entry : entries)
    result.push_back(entry->sequence);
  return result;
}

/// Answers all requests, one after another, until there are none; what was taken, late ones where they came.
struct Run {
  std::vector<std::int64_t> taken;
  std::vector<std::string> paths;
};
inline Run run(actors::FeedCursor& cursor, const FeedModel& feed, std::size_t credit = 1000) {
  Run result;
  for (auto requests = cursor.next(credit); !requests.empty(); requests = cursor.next(credit))
    for (auto& request : requests) {
      result.paths.push_back(request.path);
      deliver(cursor, request, feed);
      for (auto& entries : {cursor.take(credit), cursor.take_late()})
        for (auto sequence : sequences_of(entries))
          result.taken.push_back(sequence);
    }
  return result;
}

} // namespace dicomcast::tests
