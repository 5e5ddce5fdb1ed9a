// The FHIR service's side of the protocol, without the connection: what a search or a transaction answers.
// Sources: FHIR R4 http.html (transactions, conditional create, managing resource contention), search.html,
// bundle.html.
#pragma once

#include "io/error.hpp"
#include "io/http/http_client.hpp"
#include "io/service.hpp"
#include "mapping/json/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace dicomcast::io::fhir {

template<class T>
using Outcome = std::variant<T, Error>;

/// A page of a searchset.
struct SearchPage {
  std::vector<mapping::Json> resources; ///< entries of the searched type, without includes and outcomes
  std::string next;                     ///< the `next` link, as the server wrote it; empty: the last page
  std::optional<std::int64_t> total;    ///< how many match, over all pages, if it says so
};
/// `type`: the resource type that was searched.
Outcome<SearchPage> read_search(const ServiceResult& result, std::string_view type, std::string operation);

/// A `GET Type/id`.
Outcome<mapping::Json> read_resource(const ServiceResult& result, std::string_view type, std::string operation);

/// Checks a CapabilityStatement (FHIR R4 capabilitystatement.html): fhirVersion 4.0.0 or 4.0.1, and a rest element that
/// offers `transaction`. Empty: all is well; else what is wrong, in words.
std::string check_capabilities(const mapping::Json& capability_statement);
/// Whether patchFormat names JSON Patch and ImagingStudy, if its interactions are listed, has `patch`.
bool offers_json_patch(const mapping::Json& capability_statement);

/// One entry of a transaction.
struct Write {
  enum class Kind { Create, Update, Patch, Delete } kind = Kind::Create;
  std::string type; ///< resource type
  std::string id;   ///< of all but Create
  std::string
      version; ///< meta.versionId, goes into ifMatch: of Update and Patch, and of Delete where it is to be conditional
  std::string full_url;      ///< of Create: `urn:uuid:...`
  std::string if_none_exist; ///< of Create: the search's query alone
  std::string body; ///< of Create and Update: the resource's text; of Patch: the JSON Patch (RFC 6902), an array's text
};
/// The transaction Bundle's text, its entries in the order of `writes`; without any, a Bundle without `entry`.
/// `root`: the FHIR service's root URL without trailing slash, for the fullUrl of updates. A Patch goes as a Binary
/// (FHIR R4 http.html#patch), which has no URL of its own.
std::string transaction_bundle(const std::vector<Write>& writes, std::string_view root);

/// What a Write led to.
struct Written {
  int status = 0; ///< of the entry's response: 200, 201, 204
  std::string
      id; ///< the resource's: the Write's own, else from location, else the resource in the answer; may be empty
  std::string version; ///< from etag, else location, else the resource in the answer; empty: the answer does not tell
};
/// Reads the answer: one Written a Write, in its order. Whether a Create that answers 200 is a conflict is the caller's
/// to say. An Error of code Conflict for 409 and 412, of the whole or of an entry, and for a 404 or 410 of the whole
/// Bundle where it holds an Update, a Patch or a Delete; BrokenAnswer for an answer that is empty or not JSON;
/// UnexpectedAnswer for JSON that is not a transaction-response of as many entries, each of its Write's type and with a
/// status of success.
Outcome<std::vector<Written>> read_transaction(const ServiceResult& result, const std::vector<Write>& writes);

} // namespace dicomcast::io::fhir
