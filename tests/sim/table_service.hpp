// The simulated Azure Table service of one storage account, path style: {url}/Tables, {url}/table(..), {url}/$batch.
// That dicomcast goes with the real interface is Azurite's to prove (tests/e2e); this one is for latency and faults.
// Requests must bear a SharedKeyLite signature of the account (its form is looked at, not its key) and a date.
// Kinds for latency and faults: `read`, `search` (a table's page), `write` (an entity, a table, a batch).
// Control: GET /_sim/entities?table=T, and what Service offers.
#pragma once

#include "tests/sim/service.hpp"
#include "tests/sim/table_store.hpp"

#include <string>
#include <vector>

namespace dicomcast::sim {

class TableService final : public Service {
public:
  explicit TableService(ServiceOptions options = {});
  ~TableService() override;

  /// For `TableStore:ConnectionString`.
  std::string connection_string() const;
  /// The properties of a table's entities, in order of their keys.
  std::vector<mapping::Json> entities(const std::string& table) const;

protected:
  Classified classify(const HttpRequest& request, const Target& target) const override;
  HttpReply answer(const HttpRequest& request, const Target& target, const Classified& what) override;
  HttpReply refusal(int status, const std::string& text) const override;
  HttpReply control(const HttpRequest& request, const Target& target, std::string_view path) override;

private:
  HttpReply answer_undated(const HttpRequest& request, const Target& target, const Classified& what);

  TableStore store_;
};

} // namespace dicomcast::sim
