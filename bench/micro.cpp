// Micro benches of what each entry goes through. An item is an entry; the answers are checked.
#include "actors/commit/commit_order.hpp"
#include "bench/baseline.hpp"
#include "mapping/merge.hpp"
#include "tests/sim/generator.hpp"

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>

namespace {

using namespace dicomcast;
using mapping::ImagingStudy;
using mapping::MappedEntry;

const mapping::Options options = bench::mapping_options_for("http://dicom.example.org");

[[noreturn]] void wrong(const char* what) {
  std::cerr << "the answer is wrong: " << what << "\n";
  std::exit(1);
}

/// A page as the feed gives it, of creates of studies of that size; its metadata is some 3 KB an entry.
std::string page_text(std::int64_t study_size, std::int64_t first, std::int64_t count, double dose_report_rate = 0) {
  sim::GeneratorOptions wanted;
  wanted.dose_report_rate = dose_report_rate;
  wanted.studies = (first + count + study_size - 1) / study_size;
  wanted.instances_per_study = study_size;
  sim::Generator generator(wanted);
  std::string text = "[";
  for (auto index = first; index < first + count; ++index) {
    if (text.size() > 1)
      text += ',';
    sim::write_item(generator.item(index, true), true, sim::Keys::Pascal, text);
  }
  return text += ']';
}

std::vector<MappedEntry> entries_of(std::int64_t study_size, std::int64_t count) {
  auto entries = mapping::read_feed_page(page_text(study_size, 0, count), options, nullptr);
  if (!entries || entries->size() != static_cast<std::size_t>(count))
    wrong("the page's entries");
  return std::move(*entries);
}

void merge(const MappedEntry& entry, std::optional<ImagingStudy>& study) {
  mapping::merge_study(entry, options, "Patient/1", "Endpoint/1", study);
}

std::optional<ImagingStudy> study_of(std::int64_t instances) {
  std::optional<ImagingStudy> study;
  for (const auto& entry : entries_of(instances, instances))
    merge(entry, study);
  if (!study || study->instance_count() != static_cast<std::size_t>(instances))
    wrong("the study's instances");
  return study;
}

void read_page(benchmark::State& state) {
  auto text = page_text(50, 0, 100);
  for (auto _ : state) {
    auto entries = mapping::read_feed_page(text, options, nullptr);
    if (!entries || entries->size() != 100)
      wrong("the page's entries");
    benchmark::DoNotOptimize(entries);
  }
  state.SetItemsProcessed(state.iterations() * 100);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  state.counters["bytes_an_entry"] = static_cast<double>(text.size()) / 100;
}

/// A page of which two entries of a hundred are dose reports.
void read_page_with_reports(benchmark::State& state) {
  auto with_observations = options;
  with_observations.generate_observations = true;
  auto text = page_text(50, 0, 100, 1);
  for (auto _ : state) {
    auto entries = mapping::read_feed_page(text, with_observations, nullptr);
    if (!entries || entries->at(49).observations.empty() || entries->at(99).observations.empty())
      wrong("the page's reports");
    benchmark::DoNotOptimize(entries);
  }
  state.SetItemsProcessed(state.iterations() * 100);
}

/// A page of which nothing is wanted, as where gaps are looked at again.
void read_known_page(benchmark::State& state) {
  auto text = page_text(50, 0, 100);
  for (auto _ : state) {
    auto rows = mapping::read_feed_rows(
        text, options, [](std::int64_t) { return false; }, nullptr);
    if (!rows || rows->size() != 100)
      wrong("the page's rows");
    benchmark::DoNotOptimize(rows);
  }
  state.SetItemsProcessed(state.iterations() * 100);
}

/// From the feed's bytes to the merged resources: two studies of 50 of a patient.
void read_and_merge(benchmark::State& state) {
  auto text = page_text(50, 0, 100);
  for (auto _ : state) {
    auto entries = mapping::read_feed_page(text, options, nullptr);
    std::optional<mapping::Json> patient, endpoint;
    std::map<std::string, std::optional<ImagingStudy>> studies;
    for (const auto& entry : *entries) {
      mapping::merge_patient(entry.patient, options, patient);
      mapping::merge_endpoint(options, endpoint);
      merge(entry, studies[entry.uids.study]);
    }
    if (studies.size() != 2 || studies.begin()->second->instance_count() != 50)
      wrong("the merged studies");
    benchmark::DoNotOptimize(studies);
  }
  state.SetItemsProcessed(state.iterations() * 100);
}

void merge_whole_study(benchmark::State& state) {
  auto entries = entries_of(state.range(0), state.range(0));
  for (auto _ : state) {
    std::optional<ImagingStudy> study;
    for (const auto& entry : entries)
      merge(entry, study);
    benchmark::DoNotOptimize(study);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void serialise_study(benchmark::State& state) {
  auto study = study_of(state.range(0));
  std::string text;
  for (auto _ : state) {
    text.clear();
    study->write(text);
    benchmark::DoNotOptimize(text);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

/// One instance more in a study that holds many, and out again.
void add_one_instance(benchmark::State& state) {
  auto instances = state.range(0);
  auto study = study_of(instances);
  auto more = mapping::read_feed_page(page_text(instances + 1, instances, 1), options, nullptr);
  auto added = std::move(more->front());
  auto first = entries_of(instances, 1).front();
  added.uids.study = first.uids.study;
  added.uids.series = first.uids.series;
  auto removed = added;
  removed.effect = mapping::Effect::Delete;
  for (auto _ : state) {
    merge(added, study);
    if (mapping::remove_instance(removed, options, study) != mapping::Removal::Changed)
      wrong("the instance that was added");
  }
  state.SetItemsProcessed(state.iterations());
}

/// An order of commits whose entries are resolved and whose transactions stand at once.
class WindowRun {
public:
  WindowRun(const actors::CommitOptions& given, const std::vector<actors::EntryPtr>& entries)
      : entries_(entries), order_(given, std::make_shared<actors::Progress>()) {
    on(actors::Start{});
    while (!end_)
      on(next());
  }
  std::int64_t committed() const { return end_->committed; }

private:
  void on(const actors::Event& event) {
    for (auto& action : order_.on(event, {}))
      std::visit([this](auto& what) { take(what); }, action);
  }
  actors::Event next() {
    if (!resolved_.empty())
      return actors::Resolved{std::exchange(resolved_, {}), true};
    if (fed_ < demanded_ && fed_ < entries_.size())
      return page();
    if (request_)
      return actors::Prepared{group_of(*std::exchange(request_, std::nullopt)), {}};
    if (sent_)
      return actors::CommitResult{
          std::vector<io::fhir::Written>(std::exchange(sent_, nullptr)->writes.size(), {200, "1", "2"}), std::nullopt,
          1};
    if (fed_ == entries_.size() && !std::exchange(told_end_, true))
      return actors::FeedEnd{};
    return actors::Recorded{records_};
  }
  actors::Entries page() {
    auto to = std::min({entries_.size(), demanded_, fed_ + 100});
    actors::Entries message;
    for (; fed_ < to; ++fed_) {
      message.entries.push_back(entries_[fed_]);
      resolved_.push_back(entries_[fed_]->sequence);
    }
    return message;
  }
  static actors::GroupPtr group_of(const actors::PrepareRequest& request) {
    auto group = std::make_shared<actors::PreparedGroup>();
    group->entries = request.entries;
    group->results.assign(request.entries.size(), actors::EntryResult::Committed);
    group->writes.emplace_back().kind = io::fhir::Write::Kind::Update;
    group->bundle = "{}";
    return group;
  }
  void take(actors::Demand& message) { demanded_ += message.entries; }
  void take(actors::Prepare& message) { request_ = std::move(message.request); }
  void take(actors::Commit& message) { sent_ = std::move(message.group); }
  void take(actors::Record& message) { records_ += message.records; }
  void take(actors::Finished& message) { end_ = message.totals; }
  template<typename Other>
  void take(Other&) {}

  const std::vector<actors::EntryPtr>& entries_;
  actors::CommitOrder order_;
  std::size_t fed_ = 0, demanded_ = 0;
  std::vector<std::int64_t> resolved_;
  std::optional<actors::PrepareRequest> request_;
  actors::GroupPtr sent_;
  std::uint64_t records_ = 0;
  bool told_end_ = false;
  std::optional<actors::RunTotals> end_;
};

/// The window of entries in flight, without what the groups hold.
void commit_window(benchmark::State& state) {
  constexpr std::int64_t count = 100'000;
  std::vector<actors::EntryPtr> entries;
  for (std::int64_t sequence = 1; sequence <= count; ++sequence) {
    auto entry = std::make_shared<mapping::MappedEntry>();
    entry->sequence = sequence;
    entry->effect = mapping::Effect::Upsert;
    entry->uids = {"1.2", "1.2.3", "1.2.3." + std::to_string(sequence)};
    entries.push_back(entry);
  }
  for (auto _ : state) {
    actors::CommitOptions wanted;
    wanted.grouped = state.range(0) > 1;
    wanted.group_max_entries = static_cast<std::size_t>(state.range(0));
    if (WindowRun(wanted, entries).committed() != count)
      wrong("the window's entries");
  }
  state.SetItemsProcessed(state.iterations() * count);
}

BENCHMARK(read_page)->Unit(benchmark::kMicrosecond);
BENCHMARK(read_known_page)->Unit(benchmark::kMicrosecond);
BENCHMARK(read_page_with_reports)->Unit(benchmark::kMicrosecond);
BENCHMARK(read_and_merge)->Unit(benchmark::kMicrosecond);
BENCHMARK(merge_whole_study)->Arg(50)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(serialise_study)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(add_one_instance)->Arg(1000)->Arg(10'000);
BENCHMARK(commit_window)->ArgName("group")->Arg(1)->Arg(100)->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
