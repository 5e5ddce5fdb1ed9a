// Transactions of the simulated FHIR service (FHIR R4 http.html#transaction): read, checked and done whole or not at
// all.
#pragma once

#include "tests/sim/fhir_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dicomcast::sim {

/// Why a request is not done: goes out as an OperationOutcome.
struct Refusal {
  int status = 400;
  std::string code = "invalid"; ///< FHIR's issue-type
  std::string text;
};

/// One entry of a transaction, or a write of its own.
struct Operation {
  std::string method;   ///< POST, PUT, PATCH or DELETE
  std::string type, id; ///< id: of all but POST
  std::string full_url;
  std::optional<std::string> if_none_exist, if_match;
  std::string resource;                ///< its JSON; of a PATCH the JSON Patch
  std::vector<std::string> references; ///< in the resource, where it was checked
};

/// What an Operation led to.
struct Done {
  int status = 200;
  std::string type, id, version, last_updated;
};

/// Reads a transaction Bundle. `base`: the service's root URL. `strict`: what a well-behaved client never sends is
/// refused. `notes`: what is allowed, but dicomcast does not do.
std::variant<std::vector<Operation>, Refusal> read_transaction(std::string_view body, const std::string& base,
                                                               bool strict, std::vector<std::string>& notes);
/// Whether a resource alone (of a POST or PUT outside of a Bundle) is good; the reason if not.
std::optional<Refusal> check_write(Operation& operation);

/// Does them all, or none. `strict`: a reference to a resource that is not there is refused.
std::variant<std::vector<Done>, Refusal> apply(FhirStore& store, std::vector<Operation> operations, bool strict);

/// Applies a JSON Patch (RFC 6902) to the document, all of it or nothing. What is wrong, or empty.
std::string apply_json_patch(mapping::Json& document, std::string_view patch);

/// `W/"7"` to `7`; nothing if it is no weak etag.
std::optional<std::string> parse_weak_etag(std::string_view text);
std::optional<std::string> decode_base64(std::string_view text);

} // namespace dicomcast::sim
