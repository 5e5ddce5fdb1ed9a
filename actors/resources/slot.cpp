// Slots and claims.
#include "actors/resources/slot.hpp"

#include <algorithm>

namespace dicomcast::actors {

Slot::Slot(ResourceKey of) : key(std::move(of)) {
  clear();
}

Standing* Slot::standing() {
  if (auto* document = std::get_if<Document>(&content))
    return document;
  return std::get_if<StudyDocument>(&content);
}

std::string Slot::reference() {
  auto* where = standing();
  return where->id.empty() ? where->full_url : std::string(type_of(key.kind)) + "/" + where->id;
}

void Slot::clear() {
  switch (key.kind) {
  case ResourceKind::Patient:
  case ResourceKind::Endpoint:
    content = Document{};
    break;
  case ResourceKind::Study:
    content = StudyDocument{};
    break;
  case ResourceKind::ReportObservations:
  case ResourceKind::StudyObservations:
    content = ObservationList{};
    break;
  }
  others.clear();
  failure.reset();
  bytes = 0;
}

bool Claim::is_here() const {
  auto needed = slots();
  return std::all_of(needed.begin(), needed.end(), [](Slot* slot) { return !slot || slot->is_here(); });
}

} // namespace dicomcast::actors
