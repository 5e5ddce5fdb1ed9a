// The two services as the commands need them, and the FHIR service asked for its metadata.
#include "actors/commands/services.hpp"

#include "actors/commands/ask.hpp"
#include "actors/commands/wait.hpp"
#include "io/fhir.hpp"
#include "io/log.hpp"
#include "io/retry_schedule.hpp"

namespace dicomcast::actors {

namespace {

std::shared_ptr<io::Service> make_service(const conf::ServiceConfig& config) {
  auto http = std::make_shared<io::CurlClient>(io::tls_options(config));
  return std::make_shared<io::Service>(config, std::move(http));
}

} // namespace

Services make_services(const conf::Config& config) {
  return {make_service(config.dicom), make_service(config.fhir)};
}

FhirStart await_fhir(const Services& services, const conf::Config& config, bool is_daemon, std::stop_token stop) {
  io::RetrySchedule retry({config.total_retry_duration, config.first_delay, config.max_delay});
  bool told = false;
  while (!stop.stop_requested()) {
    auto outcome =
        io::fhir::read_resource(ask(*services.fhir, "metadata", stop), "CapabilityStatement", "GET metadata");
    auto* error = std::get_if<io::Error>(&outcome);
    if (!error) {
      auto wrong = io::fhir::check_capabilities(std::get<mapping::Json>(outcome));
      if (!wrong.empty())
        return {wrong, false};
      if (told)
        io::log::info("the FHIR service answers");
      return {std::nullopt, io::fhir::offers_json_patch(std::get<mapping::Json>(outcome))};
    }
    bool unauthorised = error->code == io::ErrorCode::Unauthorised;
    if (!is_daemon && (unauthorised || !io::is_transient(error->code)))
      return {"the FHIR service's metadata: " + io::to_string(*error), false};
    auto delay = retry.next(Clock::now(), error->retry_after);
    if (!delay && !is_daemon)
      return {"the FHIR service is out of reach: " + io::to_string(*error), false};
    if (!std::exchange(told, true))
      io::log::warning("waiting for the FHIR service: " + io::to_string(*error));
    wait(stop, unauthorised ? config.max_delay : delay.value_or(config.max_delay));
  }
  return {"stopped before the FHIR service answered", false};
}

} // namespace dicomcast::actors
