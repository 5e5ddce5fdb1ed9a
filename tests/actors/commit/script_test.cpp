// The order of commits as scripts: what happens, a line each, and below it, behind `>`, all that it wants done then.
// scripts/README.md tells the words. With DICOMCAST_REWRITE=1 the expected lines are written anew: read the difference.
#include "tests/actors/commit/order_harness.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace dicomcast;
using namespace dicomcast::actors;

namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;)
    words.push_back(word);
  return words;
}

std::string sequences_of(const std::vector<EntryPtr>& entries) {
  std::string text;
  for (auto& entry : entries)
    text += " " + std::to_string(entry->sequence);
  return text;
}

std::string text_of(const PrepareRequest& request) {
  auto text = sequences_of(request.entries);
  if (request.piece)
    text += fmt::format(", in pieces of {}", *request.piece);
  return text + (request.put_only ? ", whole updates" : "");
}

class Script {
public:
  /// Does what the line says; what the order wants done then, a line each.
  std::vector<std::string> run(const std::string& line) {
    auto words = words_of(line);
    auto verb = words.front();
    words.erase(words.begin());
    wanted_.clear();
    if (verb == "options")
      begin(words);
    else if (verb == "feed" || verb == "late")
      feed(words);
    else if (verb == "resolved")
      on(Resolved{sequences(words), true});
    else if (verb == "search-fails")
      on(FetchFailed{std::stoll(words.at(0)), error(words.at(1)), std::stoi(words.at(2))});
    else if (verb == "unresolved")
      on(Prepared{nullptr, sequences(words)});
    else if (verb == "prepared")
      prepared(words);
    else if (verb == "answered")
      answered(words);
    else if (verb == "fails")
      on(CommitResult{{}, error(words.at(0), words), 1000});
    else if (verb == "passes")
      now_ += milliseconds(std::stoll(words.at(0)));
    else if (verb == "wake")
      wake();
    else if (verb == "recorded")
      on(Recorded{records_});
    else if (verb == "feed-ends")
      on(FeedEnd{});
    else if (verb == "drain")
      on(Drain{});
    else
      FAIL("no such word: " << verb);
    return std::exchange(wanted_, {});
  }

private:
  void begin(const std::vector<std::string>& words) {
    CommitOptions options = quick();
    for (auto& word : words) {
      options.grouped |= word == "grouped";
      options.is_daemon |= word == "daemon";
      options.pause_on_exhausted |= word == "pause";
      store_lags_ |= word == "store-lags";
      if (word.starts_with("groups-of="))
        options.group_max_entries = std::stoul(word.substr(10));
    }
    order_ = std::make_unique<CommitOrder>(options, std::make_shared<Progress>());
    on(Start{});
    wanted_.clear();
  }

  static std::vector<std::int64_t> sequences(const std::vector<std::string>& words) {
    std::vector<std::int64_t> all;
    for (auto& word : words)
      all.push_back(std::stoll(word));
    return all;
  }

  /// `7` an upsert, `7:skip`, `7:refuse`, `7:delete`, `7:delete-gone` (its state is deleted); `@9`: of that instance.
  void feed(const std::vector<std::string>& words) {
    Entries message;
    for (auto& word : words) {
      auto entry = std::make_shared<mapping::MappedEntry>(*upsert(std::stoll(word)));
      if (word.find(":skip") != word.npos)
        entry->effect = mapping::Effect::Skip;
      if (word.find(":refuse") != word.npos)
        entry->effect = mapping::Effect::Refuse;
      if (word.find(":delete") != word.npos)
        entry->effect = mapping::Effect::Delete;
      entry->is_deleted = word.find("gone") != word.npos;
      if (auto at = word.find('@'); at != word.npos)
        entry->uids.instance = upsert(std::stoll(word.substr(at + 1)))->uids.instance;
      message.entries.push_back(entry);
    }
    on(message);
  }

  static io::Error error(const std::string& what, const std::vector<std::string>& words = {}) {
    static const std::map<std::string, std::pair<io::ErrorCode, int>> kinds{
        {"503", {io::ErrorCode::Unavailable, 503}}, {"500", {io::ErrorCode::ServerError, 500}},
        {"lost", {io::ErrorCode::Timeout, 0}},      {"409", {io::ErrorCode::Conflict, 409}},
        {"400", {io::ErrorCode::Refused, 400}},     {"413", {io::ErrorCode::Refused, 413}},
        {"422", {io::ErrorCode::Refused, 422}},     {"garbled", {io::ErrorCode::Refused, 200}},
        {"403", {io::ErrorCode::Unauthorised, 403}}};
    auto [code, status] = kinds.at(what);
    io::Error made{code, "POST transaction", status, "said no", "", {}};
    for (auto& word : words)
      if (word.starts_with("retry-after="))
        made.retry_after = milliseconds(std::stoll(word.substr(12)));
    return made;
  }

  void prepared(const std::vector<std::string>& words) {
    auto has = [&](const char* word) { return std::find(words.begin(), words.end(), word) != words.end(); };
    REQUIRE(request_);
    auto group = group_of(*std::exchange(request_, std::nullopt));
    group->oldest = has("old") ? now_ - std::chrono::hours(1) : now_;
    group->has_patch = has("patch");
    group->more = has("more");
    if (has("creates-patient")) {
      group->writes[0].kind = io::fhir::Write::Kind::Create;
      group->writes[0].type = "Patient";
    }
    if (has("compensation")) {
      group->is_compensation = true;
      group->entries.clear();
      group->results.clear();
    }
    if (has("nothing")) {
      group->writes.clear();
      group->bundle.clear();
      group->results.assign(group->results.size(), EntryResult::Unchanged);
    }
    for (auto& word : words)
      if (word.starts_with("observations="))
        group->observations = std::stoul(word.substr(13));
    on(Prepared{group, {}});
  }

  void answered(const std::vector<std::string>& words) {
    REQUIRE(sent_);
    int status = words.empty() ? 201 : std::stoi(words[0]);
    std::vector<io::fhir::Written> written(sent_->writes.size(), io::fhir::Written{status, "1", "2"});
    on(CommitResult{written, std::nullopt, 1000});
  }

  void wake() {
    REQUIRE_FALSE(wakes_.empty());
    auto last = wakes_.back();
    wakes_.pop_back();
    now_ += last.delay;
    on(last.wake);
  }

  void on(const Event& event) {
    for (auto& action : order_->on(event, now_))
      std::visit([this](auto& message) { take(message); }, action);
    if (!store_lags_ && std::exchange(to_record_, false))
      on(Recorded{records_});
  }

  void want(std::string text) { wanted_.push_back(std::move(text)); }
  void take(Demand&) {}
  void take(Synced&) {}
  void take(Resolve& message) { want("resolve" + sequences_of(message.entries)); }
  void take(Release& message) { want("release" + sequences_of(message.entries)); }
  void take(Prepare& message) {
    want("prepare" + text_of(message.request));
    request_ = std::move(message.request);
  }
  void take(PrepareAhead& message) { want("merge ahead" + text_of(message.request)); }
  void take(Commit& message) {
    want(message.group->is_compensation ? "commit the compensation" : "commit" + sequences_of(message.group->entries));
    sent_ = message.group;
  }
  void take(Settle& message) {
    want(message.success         ? "settle: it stands"
         : message.maybe_applied ? "settle: failed, something of it may stand"
                                 : "settle: failed");
  }
  void take(Record& message) {
    records_ += message.records;
    to_record_ = true;
    want(message.synced_sequence ? fmt::format("record up to {}", *message.synced_sequence) : "record");
    for (auto& row : message.rows)
      want(fmt::format("  {} {} {}", io::name_of(row.table), row.sequence, row.exception));
  }
  void take(WakeAfter& message) {
    if (message.wake.timer == Timer::Record) {
      now_ += message.delay;
      return on(message.wake);
    }
    want(fmt::format("wait {} ms", message.delay.count()));
    wakes_.push_back(message);
  }
  void take(Notice& message) { want("say: " + message.message); }
  void take(Fatal& message) { want("cannot go on: " + message.message); }
  void take(Finished& message) {
    auto& t = message.totals;
    want(fmt::format("finished: committed {}, unchanged {}, skipped {}, failed {}, retries {}", t.committed,
                     t.unchanged, t.skipped, t.failed, t.retries));
  }

  std::unique_ptr<CommitOrder> order_;
  Clock::time_point now_{std::chrono::hours(2)};
  std::vector<std::string> wanted_;
  std::optional<PrepareRequest> request_;
  GroupPtr sent_;
  std::vector<WakeAfter> wakes_;
  std::uint64_t records_ = 0;
  bool store_lags_ = false, to_record_ = false;
};

/// The script with the lines behind `>` as they are in truth.
std::string play(const std::string& text) {
  std::unique_ptr<Script> script;
  std::string trace;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(">"))
      continue;
    trace += line + "\n";
    if (line.empty() || line.starts_with("#"))
      continue;
    if (line.starts_with("options"))
      script = std::make_unique<Script>();
    for (auto& wanted : script->run(line))
      trace += "> " + wanted + "\n";
  }
  return trace;
}

} // namespace

TEST_CASE("the order of commits does what its scripts say") {
  for (auto& file : std::filesystem::directory_iterator(DICOMCAST_SOURCE_FOLDER "/tests/actors/commit/scripts")) {
    if (file.path().extension() != ".txt")
      continue;
    INFO(file.path().filename().string());
    std::ifstream in(file.path());
    std::string text((std::istreambuf_iterator<char>(in)), {});
    auto trace = play(text);
    if (std::getenv("DICOMCAST_REWRITE"))
      std::ofstream(file.path()) << trace;
    else
      CHECK(trace == text);
  }
}
