// The simulated FHIR R4 service: metadata, searches, reads, batches of searches, transactions.
// Control: GET /_sim/resources[?type=], POST /_sim/resources (one, an array, or a Bundle), GET /_sim/state,
// GET /_sim/state/hash, POST /_sim/external-writes, and what Service offers.
#pragma once

#include "tests/sim/external_writer.hpp"
#include "tests/sim/fhir_store.hpp"
#include "tests/sim/fhir_transaction.hpp"
#include "tests/sim/service.hpp"

#include <optional>
#include <string>
#include <vector>

namespace dicomcast::sim {

enum class LocationForm { WithVersion, WithoutVersion, None };

/// Resources that the service refuses to take.
struct RefuseRule {
  std::string type;    ///< empty: of any type
  std::string pattern; ///< regular expression, searched in the resource's JSON
  int status = 422;
  std::string code = "processing", diagnostics = "refused by rule";
};

struct FhirOptions : ServiceOptions {
  StoreOptions store;
  /// As real servers do: identifiers in any case, Endpoint names by substring, in conditional creates too.
  void match_loosely() { store.loose_identifiers = true, store.names = NameMatch::Substring; }
  bool strict = true; ///< refuses what a well-behaved client never sends
  bool batch = true;  ///< takes Bundles of searches
  bool transactions = true;
  bool patch = false; ///< takes JSON Patch in transactions, and says so
  bool etags = true;  ///< in answers of transactions
  LocationForm locations = LocationForm::WithVersion;
  bool return_resources = false; ///< answers of transactions hold them, also without a `Prefer` header
  bool gone = true;              ///< a read of something deleted answers 410; else 404
  std::string fhir_version = "4.0.1";
  std::int64_t page_size = 50, max_page_size = 1000;
  std::size_t max_entries = 0;             ///< of a Bundle, else 400; 0: no limit, as below
  std::size_t max_conditional_entries = 0; ///< of a Bundle that holds an ifNoneExist, else 400
  std::size_t max_body_bytes = 0;          ///< else 413
  std::size_t max_target_bytes = 0;        ///< of the request line's target, else `long_target_status`
  int long_target_status = 414;
  std::size_t max_identifiers = 0; ///< of one search, else 400
  std::vector<RefuseRule> refuse;
};

class FhirService final : public Service {
public:
  explicit FhirService(FhirOptions options = {});
  ~FhirService() override;

  // From any thread while it runs:

  /// Changes the options; `port`, `prefix` and `store` stay as they were.
  void configure(const std::function<void(FhirOptions&)>& change);
  /// Stores a resource as it is; without an id it gets one. Its id. Throws std::invalid_argument if it is none.
  std::string preload(std::string_view resource);
  void add_external_write(ExternalWriteRule rule);
  /// Another client's new version of it, with an extension more if `extend`. False if it is not there.
  bool change(const std::string& type, const std::string& id, bool extend);
  bool remove(const std::string& type, const std::string& id);

  /// The texts of all resources of that type (empty: of all), in order of creation.
  std::vector<std::string> resources(std::string_view type = {}) const;
  /// The same, parsed.
  std::vector<mapping::Json> documents(std::string_view type = {}) const;
  std::size_t count(std::string_view type) const;
  /// The state apart from ids, versions and times, see normalised_state.hpp.
  std::string normalised_state() const;
  std::string state_hash() const;

protected:
  Classified classify(const HttpRequest& request, const Target& target) const override;
  HttpReply answer(const HttpRequest& request, const Target& target, const Classified& what) override;
  HttpReply refusal(int status, const std::string& text) const override;
  HttpReply control(const HttpRequest& request, const Target& target, std::string_view path) override;

private:
  HttpReply refuse(const Refusal& refusal) const;
  HttpReply metadata() const;
  HttpReply search(const std::string& type, std::vector<std::pair<std::string, std::string>> parameters,
                   const std::string& query);
  HttpReply read(const std::string& type, const std::string& id);
  HttpReply run_batch(const HttpRequest& request);
  HttpReply run_transaction(const HttpRequest& request);
  HttpReply write(const HttpRequest& request, const Target& target);
  std::optional<Refusal> refused(const std::vector<Operation>& operations) const;
  std::string answer_to(const std::vector<Done>& done, bool with_resources) const;
  std::vector<std::string> load(const mapping::Json& json);

  FhirOptions fhir_;
  FhirStore store_;
  ExternalWriter writer_;
};

} // namespace dicomcast::sim
