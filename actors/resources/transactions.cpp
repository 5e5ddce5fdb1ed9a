// The working set's transactions: the group under way, the one merged ahead of it, and what their answers change. The
// merging itself is in group_builder.cpp.
#include "actors/resources/group_builder.hpp"

#include <algorithm>

namespace dicomcast::actors {

using mapping::Json;

namespace {

void replace_reference(Json& json, const std::string& from, const std::string& to) {
  if (auto* object = json.if_object()) {
    for (auto& [name, member] : *object)
      if (auto* text = member.if_string(); text && name == "reference" && *text == from)
        member = Json(to);
      else
        replace_reference(member, from, to);
  } else if (auto* array = json.if_array()) {
    for (auto& element : *array)
      replace_reference(element, from, to);
  }
}

} // namespace

std::shared_ptr<const PreparedGroup> WorkingSet::prepare(const PrepareRequest& request,
                                                         std::vector<std::int64_t>& unresolved) {
  unresolved.clear();
  if (prepared_.group) // nobody sent it
    settle(false, {}, false);
  auto is_asked_for = [&] {
    auto& made = ahead_.group->entries;
    return !request.piece && made.size() <= request.entries.size() && ahead_put_only_ == request.put_only &&
           std::equal(made.begin(), made.end(), request.entries.begin());
  };
  if (ahead_.group && is_asked_for()) {
    prepared_ = std::exchange(ahead_, {});
  } else {
    drop(ahead_);
    prepared_ = Builder(*this, request).build(unresolved);
  }
  if (!prepared_.group) {
    for (auto& entry : request.entries)
      if (std::find(unresolved.begin(), unresolved.end(), entry->sequence) != unresolved.end())
        want_missing(entry);
    return nullptr;
  }
  if (auto& group = *prepared_.group; !group.writes.empty())
    group.bundle = io::fhir::transaction_bundle(group.writes, root_);
  return prepared_.group;
}

bool WorkingSet::may_go_ahead(const mapping::MappedEntry& entry) {
  auto needs = needs_of(entry, options_);
  auto& writes = prepared_.group->writes;
  bool creates = std::any_of(writes.begin(), writes.end(), [](auto& write) { // what is updated may refer to it
    return write.kind == io::fhir::Write::Kind::Create && write.type != "Observation";
  });
  return std::all_of(needs.begin(), needs.end(), [&](const ResourceKey& key) {
    Slot* needed = find(key);
    if (!needed || needed->state != Slot::State::Here || pending_undo_.contains(key.text()) ||
        std::any_of(prepared_.lists.begin(), prepared_.lists.end(),
                    [&](const ResourceKey& list) { return list.text() == key.text(); }))
      return false;
    auto at = std::find(prepared_.written.begin(), prepared_.written.end(), needed);
    if (at == prepared_.written.end())
      return true;
    using Kind = io::fhir::Write::Kind;
    auto kind = writes[static_cast<std::size_t>(at - prepared_.written.begin())].kind;
    return (kind == Kind::Update || kind == Kind::Patch) && !creates;
  });
}

void WorkingSet::prepare_ahead(const PrepareRequest& request) {
  if (!prepared_.group || ahead_.group || !versions_told_ ||
      !std::all_of(request.entries.begin(), request.entries.end(), [&](auto& entry) { return may_go_ahead(*entry); }))
    return;
  std::vector<std::int64_t> unresolved;
  ahead_ = Builder(*this, request).build(unresolved);
  ahead_put_only_ = request.put_only;
}

void WorkingSet::settle_write(Slot& slot, const io::fhir::Write& write, const io::fhir::Written& written) {
  if (write.kind == io::fhir::Write::Kind::Delete) {
    auto before = slot.bytes;
    slot.clear();
    if (slot.users == 0)
      idle_bytes_ -= before;
    return;
  }
  slot.version = written.version;
  if (write.kind == io::fhir::Write::Kind::Create) {
    slot.id = written.id;
    Json& members = slot.study ? slot.study->members() : *slot.json;
    if (auto* object = members.if_object(); object && !members.find("id"))
      object->insert(object->begin() + (object->empty() ? 0 : 1), {"id", Json(slot.id)});
  }
  auto before = slot.bytes;
  slot.bytes = slot.study ? slot.study->footprint() : 2000;
  if (slot.users == 0)
    idle_bytes_ += slot.bytes - before;
  if (slot.version.empty() || slot.id.empty()) {
    slot.state = Slot::State::Unknown;
    versions_told_ = false;
  }
}

void WorkingSet::throw_out(Slot& slot) {
  if (slot.users == 0)
    idle_bytes_ -= slot.bytes;
  slot.clear();
  slot.state = Slot::State::Unknown;
}

void WorkingSet::search_again(const Transaction& transaction) {
  for (auto& key : transaction.lists)
    if (Slot* slot = find(key); slot && slot->state == Slot::State::Here)
      throw_out(*slot);
    else if (slot && slot->state == Slot::State::Fetching)
      slot->stale = true;
}

/// It will not be sent: what was merged into its resources goes with it.
void WorkingSet::drop(Transaction& transaction) {
  for (Slot* slot : transaction.touched)
    throw_out(*slot);
  search_again(transaction);
  transaction = {};
}

void WorkingSet::settle(bool success, const std::vector<io::fhir::Written>& written, bool maybe_applied) {
  if (!prepared_.group)
    return;
  if (!success) {
    if (maybe_applied)
      for (auto& [patient, undo] : prepared_.undo)
        pending_undo_.insert({patient, undo}); // the first is the oldest: what stood there before we came
    drop(ahead_);
    drop(prepared_);
    return;
  }
  auto done = std::exchange(prepared_, {});
  if (!written.empty())
    versions_told_ = true;
  std::vector<std::pair<std::string, std::string>> references; // of what was created: urn:uuid to Type/id
  for (std::size_t w = 0; w < done.written.size(); ++w)
    if (Slot* slot = done.written[w]) {
      settle_write(*slot, done.group->writes[w], written[w]);
      if (!slot->full_url.empty() && !slot->id.empty())
        references.emplace_back(std::exchange(slot->full_url, {}), slot->reference());
      if (done.group->writes[w].kind == io::fhir::Write::Kind::Create && slot->key.kind == ResourceKind::Patient)
        for (Slot* alike : patients_by_fold_[slot->key.folded_text()]) {
          if (alike != slot && alike->state == Slot::State::Here && alike->id.empty())
            throw_out(*alike); // a loose service finds this Patient for it now
          else if (alike->state == Slot::State::Fetching)
            alike->stale = true;
        }
    }
  bool unknown = std::any_of(done.touched.begin(), done.touched.end(),
                             [](Slot* slot) { return !slot->full_url.empty() && slot->id.empty(); });
  if (unknown) // an answer without the new id: nothing that refers to it can be told, all is searched anew
    for (Slot* slot : done.touched)
      throw_out(*slot);
  for (Slot* slot : done.touched)
    if (slot->study)
      for (auto& [from, to] : references)
        replace_reference(slot->study->members(), from, to);
  search_again(done);
  for (auto& [patient, undo] : done.undo)
    pending_undo_.erase(patient);
  take_over_ahead();
}

/// The versions that the group before it led to are what the one merged ahead has to name.
void WorkingSet::take_over_ahead() {
  if (!ahead_.group)
    return;
  if (std::any_of(ahead_.touched.begin(), ahead_.touched.end(),
                  [](Slot* slot) { return slot->state != Slot::State::Here; }))
    return drop(ahead_);
  for (std::size_t w = 0; w < ahead_.written.size(); ++w)
    if (Slot* slot = ahead_.written[w])
      ahead_.group->writes[w].version = slot->version;
}

} // namespace dicomcast::actors
