// The transactions: the one under way, the one merged ahead of it, and what their answers change.
#include "actors/resources/working_set.hpp"

#include "actors/resources/observation_writes.hpp"
#include "actors/resources/transaction_builder.hpp"

#include <algorithm>

namespace dicomcast::actors {

using io::fhir::Write;
using mapping::Json;

namespace {

/// Of what was created: its urn:uuid and its `Type/id`.
using References = std::vector<std::pair<std::string, std::string>>;

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

void replace_references(Slot& slot, const References& references) {
  if (slot.key.kind == ResourceKind::Study && slot.study().study)
    for (auto& [from, to] : references)
      replace_reference(slot.study().study->members(), from, to);
}

bool is_unknown(Slot* slot) {
  return !slot->standing()->full_url.empty() && slot->standing()->id.empty();
}

} // namespace

WorkingSet::WorkingSet(mapping::Options options, std::string fhir_root, std::uint64_t seed, Limits limits)
    : cache_(std::move(options), limits), root_(std::move(fhir_root)), random_(seed) {}

std::vector<std::int64_t> WorkingSet::add_all(const std::vector<EntryPtr>& entries) {
  std::vector<std::int64_t> here;
  for (auto& entry : entries)
    if (add(entry))
      here.push_back(entry->sequence);
  return here;
}

void WorkingSet::release_all(const std::vector<EntryPtr>& entries) {
  for (auto& entry : entries)
    release(entry);
}

Transaction WorkingSet::build(const PrepareRequest& request, std::vector<std::int64_t>& unresolved) {
  return TransactionBuilder(cache_, request, use_patch_, [this] { return new_urn(); }).build(unresolved);
}

bool WorkingSet::is_asked_for(const PrepareRequest& request, Clock::time_point now) const {
  auto& made = ahead_.group->entries;
  return !request.piece && made.size() <= request.entries.size() && ahead_put_only_ == request.put_only &&
         std::equal(made.begin(), made.end(), request.entries.begin()) &&
         std::none_of(ahead_.touched.begin(), ahead_.touched.end(),
                      [&](Slot* slot) { return cache_.is_too_old(*slot, now); });
}

/// Throws out the Patients and Endpoints of the request that were found too long ago. True: they are waited for. The
/// head waits once, with all that are too old by then; what comes after that is cut off the group instead.
bool WorkingSet::renew(const PrepareRequest& request, Clock::time_point now, std::vector<std::int64_t>& unresolved) {
  Claim* head = request.entries.empty() ? nullptr : cache_.claim_of(request.entries.front());
  bool is_old = false;
  for (auto& entry : request.entries)
    if (Claim* claim = cache_.claim_of(entry))
      for (Slot* slot : {claim->patient, claim->endpoint}) {
        bool is_needed_now = head && head->has_renewed && (slot == head->patient || slot == head->endpoint);
        if (slot && !is_needed_now && cache_.is_too_old(*slot, now)) {
          cache_.throw_out(*slot);
          is_old = true;
        }
      }
  if (!is_old || !head || std::exchange(head->has_renewed, true))
    return false;
  for (auto& entry : request.entries)
    if (Claim* claim = cache_.claim_of(entry); claim && !claim->is_here())
      unresolved.push_back(entry->sequence);
  return true;
}

std::shared_ptr<const PreparedGroup> WorkingSet::prepare(const PrepareRequest& request, Clock::time_point now,
                                                         std::vector<std::int64_t>& unresolved) {
  unresolved.clear();
  if (prepared_) // nobody sent it
    failed(false);
  if (ahead_ && is_asked_for(request, now)) {
    prepared_ = std::exchange(ahead_, {});
  } else {
    drop(ahead_);
    if (!renew(request, now, unresolved))
      prepared_ = build(request, unresolved);
  }
  for (auto& entry : request.entries)
    if (Claim* claim = cache_.claim_of(entry); claim && !claim->is_here())
      cache_.want_missing(*claim);
  if (!prepared_)
    return nullptr;
  if (auto& group = *prepared_.group; !group.writes.empty()) {
    group.bundle = io::fhir::transaction_bundle(group.writes, root_);
    cache_.begin_commit();
  }
  return prepared_.group;
}

bool WorkingSet::may_go_ahead(const EntryPtr& entry, Clock::time_point now) {
  Claim* claim = cache_.claim_of(entry);
  if (!claim)
    return true;
  auto& writes = prepared_.group->writes;
  bool creates = std::any_of(writes.begin(), writes.end(), [](auto& write) { // what is updated may refer to it
    return write.kind == Write::Kind::Create && write.type != "Observation";
  });
  auto needed = claim->slots();
  return std::all_of(needed.begin(), needed.end(), [&](Slot* slot) {
    if (!slot)
      return true;
    if (!slot->is_here() || slot->failure || cache_.is_too_old(*slot, now) ||
        std::find(prepared_.lists.begin(), prepared_.lists.end(), slot->key) != prepared_.lists.end())
      return false;
    auto at = std::find(prepared_.written.begin(), prepared_.written.end(), slot);
    if (at == prepared_.written.end())
      return true;
    auto kind = writes[static_cast<std::size_t>(at - prepared_.written.begin())].kind;
    return (kind == Write::Kind::Update || kind == Write::Kind::Patch) && !creates;
  });
}

void WorkingSet::prepare_ahead(const PrepareRequest& request, Clock::time_point now) {
  if (!prepared_ || ahead_ || !versions_told_ ||
      !std::all_of(request.entries.begin(), request.entries.end(),
                   [&](auto& entry) { return may_go_ahead(entry, now); }))
    return;
  std::vector<std::int64_t> unresolved;
  ahead_ = build(request, unresolved);
  ahead_put_only_ = request.put_only;
}

void WorkingSet::settle(bool success, const std::vector<io::fhir::Written>& written, bool maybe_applied,
                        Clock::time_point now) {
  if (!prepared_)
    return;
  if (success)
    succeeded(written, now);
  else
    failed(maybe_applied);
}

/// Lets go of what it held, and of what was found before it.
void WorkingSet::end(Transaction& transaction) {
  for (auto& list : transaction.lists)
    cache_.search_again(list);
  for (Slot* slot : transaction.touched)
    cache_.let_go(*slot);
  transaction = {};
}

/// It will not be sent: what was merged into its resources goes with it.
void WorkingSet::drop(Transaction& transaction) {
  for (Slot* slot : transaction.touched)
    cache_.throw_out(*slot);
  end(transaction);
}

void WorkingSet::failed(bool maybe_applied) {
  if (maybe_applied)
    for (auto& [slot, former] : prepared_.former)
      if (!slot->former) // the first is the oldest: what stood there before we came
        slot->former = std::move(former);
  for (auto& entry : prepared_.group->entries)
    if (Claim* claim = cache_.claim_of(entry))
      claim->has_renewed = false;
  if (!prepared_.group->writes.empty())
    cache_.end_commit();
  drop(ahead_);
  auto written = prepared_.written;
  drop(prepared_);
  for (Slot* slot : written)
    if (maybe_applied && slot && slot->key.kind == ResourceKind::Patient)
      cache_.search_alike_again(*slot);
}

void WorkingSet::succeeded(const std::vector<io::fhir::Written>& written, Clock::time_point now) {
  auto done = std::exchange(prepared_, {});
  auto& writes = done.group->writes;
  if (!writes.empty()) {
    cache_.end_commit();
    versions_told_ = true;
  }
  References references;
  for (std::size_t w = 0; w < writes.size(); ++w) {
    if (Slot* slot = done.written[w]) {
      versions_told_ &= cache_.wrote(*slot, writes[w], written[w], now);
      if (auto& standing = *slot->standing(); !standing.full_url.empty() && !standing.id.empty())
        references.emplace_back(std::exchange(standing.full_url, {}), slot->reference());
    }
    if (done.in_pieces && writes[w].type == "Observation" && writes[w].kind != Write::Kind::Update)
      done.in_pieces->done.insert(done_name(writes[w]));
  }
  // An answer without the new id: nothing that refers to it can be told, all is searched anew.
  bool unknown = std::any_of(done.touched.begin(), done.touched.end(), is_unknown);
  for (Slot* slot : done.touched) {
    if (unknown)
      cache_.throw_out(*slot);
    else
      replace_references(*slot, references);
    slot->former.reset();
  }
  end(done);
  take_over_ahead();
}

/// The versions that the group before it led to are what the one merged ahead has to name.
void WorkingSet::take_over_ahead() {
  if (!ahead_)
    return;
  if (std::any_of(ahead_.touched.begin(), ahead_.touched.end(), [](Slot* slot) { return !slot->is_here(); }))
    return drop(ahead_);
  for (std::size_t w = 0; w < ahead_.written.size(); ++w)
    if (Slot* slot = ahead_.written[w])
      ahead_.group->writes[w].version = slot->standing()->version;
}

std::string WorkingSet::new_urn() {
  static constexpr char hex[] = "0123456789abcdef";
  std::string urn = "urn:uuid:xxxxxxxx-xxxx-4xxx-axxx-xxxxxxxxxxxx"; // RFC 4122 section 4.4
  for (auto& c : urn)
    if (c == 'x')
      c = hex[random_() & 15];
  return urn;
}

} // namespace dicomcast::actors
