// A world: all that a simulated run depends on, as plain data. Made from a seed, printed for people, made smaller when
// it fails. Steps count what the scheduler picks (an actor's message, a request's arrival, an answer), over all runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dicomcast::simulation {

using std::chrono::milliseconds;

enum class Action { Create, Update, Delete };
enum class Flaw { None, InvalidTag, InvalidRequired, NoMetadata, UnknownAction };

/// What the entries speak of.
struct Instance {
  int study = 0, series = 0;
  int events = -1; ///< of a dose report: its irradiation events; negative: no report
};

struct WorldEntry {
  std::int64_t sequence = 0;
  Action action = Action::Create;
  Flaw flaw = Flaw::None;
  int instance = 0; ///< in World::instances
  int patient = 0;
  int version = 0;      ///< of what the dataset says of patient and study
  int events = -1;      ///< as in Instance, of this version
  int shared_event = 0; ///< of a dose report: 1 if its first event is one that all such reports share
  int appears = 0;      ///< the step at which the feed shows it; 0: from the start
};

/// What goes wrong with one request, and with which.
enum class FaultKind {
  TransactionLost,       ///< applied, then the connection breaks
  TransactionNotSent,    ///< not applied, the connection breaks
  TransactionSilent,     ///< not applied, no answer
  TransactionLate,       ///< applied, no answer within the time
  TransactionCut,        ///< applied, the answer's JSON ends in the middle
  TransactionHtml,       ///< applied, 200 with a web page
  TransactionRepeated,   ///< applied, then once more; the second answer comes
  TransactionSlow,       ///< applied some seconds later
  TransactionLacking,    ///< applied, 200 with an answer that lacks an entry
  TransactionUnreadable, ///< applied, 200 with an object that is no Bundle
  TransactionLostStatus, ///< applied, answered with 503
  Transaction404,        ///< not applied, as all that follow
  Transaction409,
  Transaction412,
  Transaction429,
  Transaction500,
  Transaction503,
  Transaction503AtOnce, ///< with Retry-After: 0
  Transaction503Wait,   ///< with Retry-After: 30
  Transaction403,
  SearchBroken,  ///< the connection breaks
  SearchSilent,  ///< no answer
  SearchSlow,    ///< the answer, of the moment of asking, comes some seconds later
  SearchCut,     ///< the answer's JSON ends in the middle
  SearchHtml,    ///< 200 with a web page
  SearchRefused, ///< 400, once
  Search500,
  Search503,
  Search503AtOnce,
  SearchTotal, ///< `total` is above what came, and there is no next link; once
  SearchLoop,  ///< from here on this search's next link leads to itself, until the faults end
  FeedBroken,
  FeedSilent,
  FeedSlow,
  FeedHtml,
  FeedObject, ///< 200 with a gateway's object
  Feed500,
  Feed503,
  StoreFails, ///< the state store refuses one write
};
enum class FaultTarget { Transaction, Search, Feed, Store };
FaultTarget target_of(FaultKind kind);
const char* name_of(FaultKind kind);
FaultKind fault_kind(const std::string& name); ///< throws std::invalid_argument

struct Fault {
  FaultKind kind = FaultKind::TransactionLost;
  int nth = 1; ///< request of its target, counted over all runs from 1
};

/// What somebody else does to the FHIR service.
enum class OutsideKind {
  Edit, ///< adds an extension, which must survive
  Delete,
  CreateTwin, ///< a Patient whose identifier differs in case only, if the service has none of it
  CreateSame, ///< a Patient with the identifier of an entry's, if there is none
  Steal,      ///< a Patient's identifier goes over to a new Patient, another person
};
const char* name_of(OutsideKind kind);
OutsideKind outside_kind(const std::string& name); ///< throws std::invalid_argument

struct OutsideWrite {
  OutsideKind kind = OutsideKind::Edit;
  std::string type = "Patient"; ///< or ImagingStudy, Endpoint, Observation
  int which = 0;                ///< patient or study by number; of the Observations that are there, in turn
  int step = 0;                 ///< when; or, if 0,
  int before_transaction = 0;   ///< just before the nth transaction is applied
};

struct Stop {
  bool is_crash = false; ///< else a drain
  int step = 0;
};

/// An entry whose resources the FHIR service refuses: those that hold its instance.
struct Poison {
  int instance = 0;
  int status = 422;
};

struct World {
  std::uint64_t seed = 0, schedule_seed = 0;

  std::vector<Instance> instances;
  std::vector<WorldEntry> entries; ///< in order of sequence
  std::vector<Fault> faults;
  std::vector<OutsideWrite> outside;
  std::vector<Stop> stops;
  std::vector<Poison> poisons;

  // what stands in the FHIR service at the start
  bool patient_stands = false;  ///< patient 0, with members of its own
  bool twin_stands = false;     ///< a Patient whose identifier is patient 0's, but for the case
  bool study_stands = false;    ///< study 0, of another source and with a series of its own
  bool endpoint_stands = false; ///< ours, by name, without identifier

  // the FHIR service
  bool loose = false;
  bool tells_versions = true;
  bool next_links = true; ///< false: pages end, and only `total` says that there is more
  bool offers_patch = false;
  int page_size = 50;
  int max_entries = 0; ///< of a Bundle, else 413; 0: no limit
  int slowness = 0;    ///< milliseconds that requests take at most; 0: none

  // the engine
  bool is_daemon = false, grouped = false, v2 = false, patch = false, reports = false, pause = false;
  int look_ahead = 6, group_max = 5, page = 10, concurrency = 4;
  milliseconds total_retry{600'000};
  bool recorder_lags = false;
  bool replay = false; ///< at the end; the poisons are mended before

  bool has(OutsideKind kind) const;
  bool has(FaultKind kind) const;
};

enum class Layer { Small, Large };
World make_world(std::uint64_t seed, Layer layer);
/// The names that `leave_out` knows: fault and outside kinds, and features of worlds.
std::vector<std::string> feature_names();
/// Takes these features out of the world.
void leave_out(World& world, const std::set<std::string>& features);
/// For people and for files, line by line; `#` begins a comment.
std::string to_text(const World& world);
/// Throws std::invalid_argument that names the line.
World read_world(const std::string& text);

// Names and numbers of what the entries speak of.
std::string patient_id(int patient);
std::string study_uid(int study);
std::string series_uid(const Instance& instance);
std::string instance_uid(const World& world, int instance);
/// The entry's dataset as DICOM JSON; empty where it has none.
std::string dataset_of(const World& world, const WorldEntry& entry);

} // namespace dicomcast::simulation
