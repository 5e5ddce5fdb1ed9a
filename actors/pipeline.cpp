// What a run's actors are made of, from the configuration; and the actor system that they run in.
#include "actors/pipeline.hpp"

#include "actors/mapping_options.hpp"
#include "actors/supervisor.hpp"

#include <caf/all.hpp>

#include <future>
#include <random>

namespace dicomcast::actors {

namespace {

io::RetryLimits retry_limits(const conf::Config& config) {
  return {config.total_retry_duration, config.first_delay, config.max_delay};
}

CommitOptions commit_options(const PipelineConfig& pipeline) {
  auto& config = pipeline.config;
  CommitOptions options;
  options.grouped = pipeline.grouped;
  options.is_daemon = pipeline.is_daemon;
  options.pause_on_exhausted = config.on_exhausted == conf::OnExhausted::Pause;
  options.move_checkpoint = pipeline.move_checkpoint;
  options.look_ahead = static_cast<std::size_t>(config.look_ahead);
  options.group_max_entries = static_cast<std::size_t>(config.group_max_entries);
  options.retry = retry_limits(config);
  options.replay = pipeline.replay;
  options.patient_max_age = config.patient_max_age;
  return options;
}

PollerConfig poller_config(const PipelineConfig& pipeline, const Services& services) {
  auto& config = pipeline.config;
  PollerConfig poller;
  poller.feed.version = config.api_version;
  poller.feed.page_size = config.feed_page_size;
  poller.feed.start_after = pipeline.start_after;
  poller.feed.last = pipeline.last;
  poller.feed.stop_at_latest = !pipeline.is_daemon;
  poller.feed.skip_malformed = config.ignore_json_parsing_errors;
  for (auto& [sequence, rows] : pipeline.replay)
    poller.replay.push_back(sequence);
  poller.checkpoint = pipeline.checkpoint;
  poller.options = mapping_options(config);
  poller.dicom = services.dicom;
  poller.retry = retry_limits(config);
  poller.poll_interval = config.poll_interval;
  poller.poll_interval_during_catchup = config.poll_interval_during_catchup;
  poller.is_daemon = pipeline.is_daemon;
  return poller;
}

FetcherConfig fetcher_config(const PipelineConfig& pipeline, const Services& services, std::uint64_t seed) {
  FetcherConfig fetcher;
  fetcher.options = mapping_options(pipeline.config);
  fetcher.fhir = services.fhir;
  fetcher.retry = retry_limits(pipeline.config);
  fetcher.concurrency = static_cast<std::size_t>(pipeline.config.fetch_concurrency);
  fetcher.limits.patient_max_age = pipeline.config.patient_max_age;
  fetcher.use_patch = pipeline.use_patch;
  fetcher.seed = seed;
  return fetcher;
}

std::uint64_t random_seed() {
  std::random_device entropy;
  return (static_cast<std::uint64_t>(entropy()) << 32) | entropy();
}

} // namespace

GraphConfig graph_config(const PipelineConfig& pipeline, Services services, std::shared_ptr<io::StateStore> store,
                         std::shared_ptr<Progress> progress, std::uint64_t seed) {
  GraphConfig graph;
  graph.sequencer = {commit_options(pipeline), progress};
  graph.poller = poller_config(pipeline, services);
  graph.fetcher = fetcher_config(pipeline, services, seed);
  graph.fhir = services.fhir;
  graph.store = std::move(store);
  graph.progress = std::move(progress);
  return graph;
}

RunOutcome run_pipeline(PipelineConfig pipeline, Services services, std::shared_ptr<io::StateStore> store,
                        std::shared_ptr<Progress> progress, const std::function<void(std::function<void()>)>& stop) {
  caf::actor_system_config system_config;
  // By the names of CAF 0.17. Idle threads sleep: see docs/architecture.md.
  system_config.set("scheduler.policy", caf::atom("sharing"));
  // In PerEntry the steps of an entry follow one another: a second thread would only be woken in vain.
  system_config.set("scheduler.max-threads", std::size_t(pipeline.grouped ? 2 : 1));
  caf::actor_system system(system_config);
  std::promise<RunOutcome> outcome;
  auto future = outcome.get_future();
  auto supervisor =
      spawn_supervisor(system, graph_config(pipeline, std::move(services), store, std::move(progress), random_seed()),
                       [&outcome](RunOutcome result) { outcome.set_value(std::move(result)); });
  stop([supervisor] { caf::anon_send(supervisor, Drain{}); });
  store->watch([supervisor](const std::string& why) { caf::anon_send(supervisor, Fatal{why, true}); });
  auto result = future.get();
  store->watch({});
  stop([] {});
  return result;
}

} // namespace dicomcast::actors
