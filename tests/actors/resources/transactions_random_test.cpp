// Commit order and working set together, against a store in memory, with random answers, late entries and searches that
// take their time: what stands there in the end is what the entries one by one lead to.
#include "actors/commit/commit_order.hpp"
#include "actors/resources/working_set.hpp"
#include "tests/sim/fhir_transaction.hpp"
#include "tests/sim/normalised_state.hpp"
#include "tests/sim/target.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace dicomcast;
using namespace dicomcast::actors;
using mapping::Json;

namespace {

const std::string root = "http://fhir";

mapping::Options options_of(bool observations) {
  mapping::Options options;
  options.source = "http://dicom/";
  options.endpoint_address = "http://dicom/v1";
  options.patient_system_id = "urn:hospital";
  options.generate_observations = observations;
  return options;
}

/// Two of the Patients differ in case only.
std::vector<EntryPtr> random_entries(std::mt19937& random, int count, bool observations) {
  std::vector<EntryPtr> entries;
  for (int n = 1; n <= count; ++n) {
    auto entry = std::make_shared<mapping::MappedEntry>();
    entry->sequence = n;
    auto kind = random() % 12;
    entry->is_deleted = kind < 2;
    entry->effect = kind < 2 ? mapping::Effect::Delete : kind == 2 ? mapping::Effect::Skip : mapping::Effect::Upsert;
    entry->is_update = kind == 3 || kind == 4;
    auto study = "1." + std::to_string(1 + random() % 3), series = study + "." + std::to_string(1 + random() % 2);
    entry->uids = {study, series, series + "." + std::to_string(1 + random() % 3)};
    entry->patient.system = "urn:hospital";
    const char* const patients[] = {"p", "P", "q", "r"};
    entry->patient.patient_id = patients[random() % 4];
    if (random() % 3 == 0)
      entry->patient.gender = random() % 2 ? "male" : "female";
    entry->study.modality = random() % 2 ? "CT" : "MR";
    entry->study.sop_class = "1.2.840.10008.5.1.4.1.1.2";
    entry->study.instance_number = static_cast<std::int32_t>(random() % 5);
    if (observations && random() % 3 == 0) {
      entry->is_structured_report = true;
      for (auto o = random() % 3; o > 0; --o) {
        auto own = std::to_string(1 + random() % 6);
        auto text = R"({"resourceType":"Observation","identifier":[{"system":"urn:dicom:uid","value":"urn:oid:2.)" +
                    own + R"("},{"system":"urn:dicom:uid","value":"urn:oid:)" + study +
                    R"("},{"system":"urn:ietf:rfc:3986","value":"urn:oid:)" + entry->uids.instance +
                    R"("}],"status":"final","code":{"coding":[{"system":"urn:x","code":")" +
                    std::to_string(random() % 2) + R"("}]}})";
        bool twice = std::any_of(entry->observations.begin(), entry->observations.end(), [&](auto& other) {
          return other.items("identifier")[0].text("value") == "urn:oid:2." + own;
        });
        if (!twice)
          entry->observations.push_back(*Json::parse(text));
      }
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

void answer(sim::FhirStore& store, Search& search) {
  std::string type = type_of(search.keys.front().kind);
  if (search.by == Search::By::Id) {
    if (auto* one = store.find(type, search.id))
      search.found.push_back(*Json::parse(one->text()));
    return;
  }
  std::string error;
  auto query = sim::read_search_query(type, sim::parse_query(search.path.substr(search.path.find('?') + 1)), error);
  REQUIRE(query);
  for (auto* one : store.search(*query))
    search.found.push_back(*Json::parse(one->text()));
}

std::variant<std::vector<io::fhir::Written>, sim::Refusal> apply(sim::FhirStore& store, const PreparedGroup& group) {
  std::vector<std::string> notes;
  auto read = sim::read_transaction(group.bundle, root, true, notes);
  if (auto* refusal = std::get_if<sim::Refusal>(&read))
    return *refusal;
  auto done = sim::apply(store, std::get<0>(std::move(read)), true);
  if (auto* refusal = std::get_if<sim::Refusal>(&done))
    return *refusal;
  std::vector<io::fhir::Written> written;
  for (auto& one : std::get<0>(done))
    written.push_back({one.status, one.id, one.version});
  return written;
}

/// Each entry alone, with a working set of its own, nothing going wrong.
std::string one_by_one(const std::vector<EntryPtr>& entries, bool observations, sim::StoreOptions store_options) {
  sim::FhirStore store(store_options);
  for (auto& entry : entries) {
    WorkingSet set(options_of(observations), root, static_cast<std::uint64_t>(entry->sequence));
    set.add(entry);
    while (auto search = set.cache().next_search()) {
      answer(store, *search);
      set.cache().found(*search, {});
    }
    std::vector<std::int64_t> unresolved;
    PrepareRequest request;
    request.entries = {entry};
    auto group = set.prepare(request, {}, unresolved);
    REQUIRE(group);
    if (!group->writes.empty()) {
      auto done = apply(store, *group);
      if (auto* refusal = std::get_if<sim::Refusal>(&done))
        FAIL(refusal->text);
    }
  }
  return sim::normalised_state(store);
}

struct Rig {
  std::mt19937 random;
  sim::FhirStore store;
  WorkingSet set;
  std::unique_ptr<CommitOrder> order;
  std::deque<std::function<void()>> to_fetcher, to_order;
  std::vector<Search> searches;
  std::shared_ptr<const PreparedGroup> sent;
  std::deque<WakeAfter> wakes;
  std::uint64_t records = 0;
  std::vector<EntryPtr> done_entries;
  std::vector<std::string> fatals;
  bool ended = false, withholds = false;
  int aheads = 0, failures = 0, commits = 0;
  Clock::time_point now{};

  Rig(unsigned seed, CommitOptions commit, bool observations, bool patch, sim::StoreOptions store_options)
      : random(seed), store(store_options), set(options_of(observations), root, seed) {
    set.use_patch(patch);
    order = std::make_unique<CommitOrder>(commit, std::make_shared<Progress>());
    on(Start{});
  }
  void on(const Event& event) {
    for (auto& action : order->on(event, now))
      std::visit([this](auto& message) { take(message); }, action);
  }
  void take(const Demand&) {}
  void take(const Synced&) {}
  void take(const Resolve& message) {
    to_fetcher.push_back([this, entries = message.entries] {
      std::vector<std::int64_t> here;
      for (auto& entry : entries)
        if (set.add(entry))
          here.push_back(entry->sequence);
      tell(std::move(here));
    });
  }
  void tell(std::vector<std::int64_t> resolved) {
    if (!resolved.empty())
      to_order.push_back([this, resolved] { on(Resolved{resolved, true}); });
  }
  void take(const Prepare& message) {
    to_fetcher.push_back([this, request = message.request] {
      std::vector<std::int64_t> unresolved;
      auto group = set.prepare(request, now, unresolved);
      to_order.push_back([this, group, unresolved] { on(Prepared{group, unresolved}); });
    });
  }
  void take(const PrepareAhead& message) {
    to_fetcher.push_back([this, request = message.request] {
      set.prepare_ahead(request, now);
      aheads += set.is_ahead();
    });
  }
  void take(const Commit& message) {
    REQUIRE_FALSE(sent);
    sent = message.group;
    ++commits;
  }
  void take(const Settle& message) {
    to_fetcher.push_back([this, message] { set.settle(message.success, message.written, message.maybe_applied, now); });
  }
  void take(const Release& message) {
    done_entries.insert(done_entries.end(), message.entries.begin(), message.entries.end());
    to_fetcher.push_back([this, entries = message.entries] {
      for (auto& entry : entries)
        set.release(entry);
    });
  }
  void take(const Record& message) { records += message.records; }
  void take(const WakeAfter& message) { wakes.push_back(message); }
  void take(const Notice&) {}
  void take(const Fatal& message) { fatals.push_back(message.message); }
  void take(const Finished&) { ended = true; }

  void fail(io::ErrorCode code, int status) {
    ++failures;
    on(CommitResult{{}, io::Error{code, "POST transaction", status, "said no", "", {}}, 1});
  }
  void answer_commit() {
    auto group = std::exchange(sent, nullptr);
    auto what = random() % 24;
    if (what == 0)
      return fail(io::ErrorCode::Unavailable, 503);
    auto writers =
        std::count_if(group->entries.begin(), group->entries.end(), [](auto& entry) { return writes(*entry); });
    if (what == 1 && (writers > 1 || group->has_patch))
      return fail(io::ErrorCode::Refused, 413);
    if (what == 2 && !group->writes.empty() && group->writes.back().kind == io::fhir::Write::Kind::Update)
      if (auto* other = store.find(group->writes.back().type, group->writes.back().id))
        store.touch(*other); // by another client
    auto done = apply(store, *group);
    if (auto* refusal = std::get_if<sim::Refusal>(&done)) {
      INFO(refusal->text);
      REQUIRE((refusal->status == 412 || refusal->status == 404));
      return fail(io::ErrorCode::Conflict, refusal->status);
    }
    if (what == 3)
      return fail(io::ErrorCode::Timeout, 0);
    auto& written = std::get<0>(done);
    if (withholds && random() % 2)
      for (auto& one : written)
        one.version.clear();
    on(CommitResult{written, std::nullopt, 1});
  }
  /// Something that can happen next does; false: nothing can.
  bool step() {
    std::vector<std::function<void()>> can;
    if (!to_fetcher.empty())
      can.push_back([this] { std::exchange(to_fetcher.front(), {})(), to_fetcher.pop_front(); });
    if (!to_order.empty())
      can.push_back([this] { std::exchange(to_order.front(), {})(), to_order.pop_front(); });
    if (searches.size() < 3)
      can.push_back([this] {
        if (auto search = set.cache().next_search()) {
          answer(store, *search);
          searches.push_back(std::move(*search));
        }
      });
    if (!searches.empty())
      can.push_back([this] {
        auto at = searches.begin() + static_cast<std::ptrdiff_t>(random() % searches.size());
        auto search = std::move(*at);
        searches.erase(at);
        tell(set.cache().found(search, now));
      });
    if (sent)
      can.push_back([this] { answer_commit(); });
    if (!wakes.empty())
      can.push_back([this] {
        auto wake = wakes.front();
        wakes.pop_front();
        now += wake.delay;
        on(wake.wake);
      });
    can.push_back([this] { on(Recorded{records}); });
    can[random() % can.size()]();
    return true;
  }
};

} // namespace

TEST_CASE("random: with merging ahead, failures, lost answers and late entries, the end is that of one by one",
          "[slow]") {
  int aheads = 0, failures = 0;
  for (unsigned seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    bool observations = random() % 2, patch = random() % 2;
    CommitOptions commit;
    commit.grouped = random() % 2;
    commit.group_max_entries = 1 + random() % 8;
    sim::StoreOptions store_options;
    store_options.loose_identifiers = random() % 2;
    auto entries = random_entries(random, 60, observations);
    Rig rig(seed, commit, observations, patch, store_options);
    rig.withholds = random() % 4 == 0;
    std::vector<EntryPtr> feed = entries, late;
    for (std::size_t n = 0; n < feed.size(); ++n)
      if (random() % 15 == 0) {
        late.push_back(feed[n]);
        feed.erase(feed.begin() + static_cast<std::ptrdiff_t>(n));
      }
    std::size_t fed = 0, steps = 0;
    bool feed_ended = false;
    while (!rig.ended && ++steps < 20'000) {
      if (fed < feed.size() && random() % 6 == 0) {
        auto to = std::min(feed.size(), fed + 1 + random() % 8);
        rig.on(Entries{
            {feed.begin() + static_cast<std::ptrdiff_t>(fed), feed.begin() + static_cast<std::ptrdiff_t>(to)}, {}});
        fed = to;
      } else if (!late.empty() && random() % 10 == 0 &&
                 (fed == feed.size() || late.front()->sequence < feed[fed]->sequence)) {
        rig.on(Entries{{late.front()}, {}});
        late.erase(late.begin());
      } else if (fed == feed.size() && late.empty() && !feed_ended) {
        feed_ended = true;
        rig.on(FeedEnd{});
      } else {
        rig.step();
      }
    }
    REQUIRE(rig.ended);
    CHECK(rig.fatals.empty());
    while (!rig.to_fetcher.empty() || !rig.searches.empty())
      rig.step();
    CHECK(rig.set.cache().slots() == 0);
    CHECK(rig.set.cache().idle_bytes() == 0);
    std::erase_if(entries, [](auto& entry) { return !writes(*entry); });
    auto done = rig.done_entries;
    REQUIRE(done.size() == entries.size());
    CHECK(sim::normalised_state(rig.store) == one_by_one(done, observations, store_options));
    std::sort(done.begin(), done.end(), [](auto& a, auto& b) { return a->sequence < b->sequence; });
    CHECK(done == entries);
    aheads += rig.aheads;
    failures += rig.failures;
  }
  CHECK(aheads > 1000);
  CHECK(failures > 500);
}
