// One FHIR resource, or one list of Observations, that entries in flight need; and an entry's hold on those it needs.
#pragma once

#include "actors/resources/search.hpp"
#include "mapping/study/imaging_study.hpp"

#include <list>
#include <set>
#include <variant>

namespace dicomcast::actors {

struct Claim;

/// Where a resource stands in the FHIR service.
struct Standing {
  std::string id;       ///< empty: it is not there
  std::string version;  ///< empty, with an id: written by us, and the answer kept it to itself
  std::string full_url; ///< `urn:uuid:...` of one that a transaction creates
};
/// A Patient or an Endpoint. Without json: it is not there.
struct Document : Standing {
  std::optional<mapping::Json> json;
};
struct StudyDocument : Standing {
  std::optional<mapping::ImagingStudy> study;
};
struct ObservationList {
  std::vector<mapping::Json> observations;
};

/// A study's text before a transaction of ours that may have tied it to another's resource.
struct Former {
  std::optional<std::string> text; ///< none: the study was not there
};

/// Changed by the ResourceCache; its content by the transaction that touches it, too.
struct Slot {
  enum class State { Unknown, Queued, Fetching, Here };

  explicit Slot(ResourceKey of);
  ResourceKey key;
  State state = State::Unknown;
  std::variant<Document, StudyDocument, ObservationList> content; ///< by the key's kind
  std::vector<std::string> others; ///< `Type/id` of another's that the service finds in its place
  std::optional<Failure> failure;
  Clock::time_point found_at{};
  std::optional<Former> former; ///< of a study: until it is written again, or no entry needs it
  std::vector<Claim*> waiting;
  std::size_t users = 0; ///< claims, and transactions that touch it
  std::size_t bytes = 0;
  bool is_stale = false;           ///< written to while it was searched: the answer may be older
  std::list<Slot*>::iterator idle; ///< valid while users == 0

  bool is_here() const { return state == State::Here; }
  Standing* standing(); ///< null: a list
  Document& document() { return std::get<Document>(content); }
  StudyDocument& study() { return std::get<StudyDocument>(content); }
  const std::vector<mapping::Json>& observations() const { return std::get<ObservationList>(content).observations; }
  /// What others write to refer to it: `Type/id`, or the urn:uuid of one that is created with them.
  std::string reference();
  /// All but who waits, who uses it and how it stood.
  void clear();
};

/// An entry in flight: its needs, reckoned once. Null: it does not need that.
struct Claim {
  mapping::EntryPtr entry;
  Slot* patient = nullptr;
  Slot* endpoint = nullptr;
  Slot* study = nullptr;
  Slot* observations = nullptr; ///< of an upsert those of its report, of a delete those of its study
  /// At the head of a request it has waited for what was found too long ago: what has come then is good enough.
  bool has_renewed = false;
  /// Of an entry in pieces: the own identifiers of Observations that it has created, or met; `Observation/id` of those
  /// that it has deleted. A service may find what was written later than it answers.
  std::set<std::string> done;

  std::array<Slot*, 4> slots() const { return {patient, endpoint, study, observations}; }
  bool is_here() const;
};

} // namespace dicomcast::actors
