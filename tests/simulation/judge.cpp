// Trying the ends that would be right.
#include "tests/simulation/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

namespace dicomcast::simulation {

using io::ExceptionTable;
using mapping::Effect;

namespace {

constexpr int most_tries = 1'500;
constexpr int most_lines = 2; ///< of resources that differ, in a message
/// A Patient or an Endpoint is believed for ten seconds; a search's answer may have been under way before.
constexpr VirtualTime longest_belief = std::chrono::seconds(35);

/// What one thing may have come to, and which of it is tried now.
struct Choice {
  enum class Of { Text, Place, Fate, Write } of = Of::Text;
  std::int64_t sequence = 0; ///< of an entry
  std::size_t write = 0;     ///< of SeenWrite, by number
  std::size_t count = 1, at = 0;
};

std::set<std::int64_t> in_table(const std::vector<io::ExceptionRow>& rows, ExceptionTable table) {
  std::set<std::int64_t> out;
  for (const auto& row : rows)
    if (row.table == table)
      out.insert(row.sequence);
  return out;
}

/// The first line that is on one side only, of each kind; and how many there are.
std::string differences(const std::string& wanted, const std::string& got) {
  auto lines = [](const std::string& text) {
    std::multiset<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
      out.insert(line);
    return out;
  };
  auto expected = lines(wanted), actual = lines(got);
  std::string out;
  auto look = [&](const auto& here, const auto& there, const char* what) {
    int count = 0;
    for (const auto& line : here)
      if (!there.contains(line) && ++count <= most_lines)
        out += fmt::format("\n  {} {}", what, line);
    if (count > most_lines)
      out += fmt::format("\n  {} {} more", what, count - most_lines);
  };
  look(expected, actual, "expected:");
  look(actual, expected, "stands:  ");
  return out;
}

class Judge {
public:
  Judge(const World& world, const Watch& watch, const std::vector<io::ExceptionRow>& rows, const std::string& state,
        const Replayed& replayed)
      : world_(world), watch_(watch), state_(state), replayed_(replayed),
        refused_(in_table(rows, ExceptionTable::FhirFailToStore)),
        given_up_(in_table(rows, ExceptionTable::TransientFailure)) {
    for (const auto& row : rows)
      if (row.table == ExceptionTable::InvalidDicomTag)
        ++rows_[{row.sequence, Fate::InvalidTag}];
      else if (row.table == ExceptionTable::DicomFailToStore)
        ++rows_[{row.sequence, Fate::DicomFailToStore}];
      else if (row.table == ExceptionTable::FhirFailToStore)
        ++rows_[{row.sequence, Fate::FhirFailToStore}];
    for (const auto& [sequence, seen] : watch.entries())
      add_choices(sequence, seen);
    for (std::size_t i = 0; i < watch.writes().size(); ++i)
      add_write(i);
  }

  Verdict run() {
    Verdict verdict;
    std::string first;
    do {
      if (verdict.tried++ >= most_tries) {
        verdict.kind = Verdict::Kind::Undecided;
        return verdict;
      }
      auto list = happenings();
      for (auto sequence : replayed_.sequences) {
        list.emplace_back().entry = watch_.entries().at(sequence).mapped.back().get();
        list.back().is_replay = true;
      }
      auto expected = interpret(world_, list);
      if (!expected.is_possible)
        continue;
      auto different_rows = compare_rows(expected.rows);
      if (expected.failed_again != replayed_.open)
        different_rows += fmt::format("\n  after the replay {} entries fail, expected: {}", replayed_.open.size(),
                                      expected.failed_again.size());
      if (expected.state == state_ && different_rows.empty())
        return verdict;
      if (first.empty())
        first = differences(expected.state, state_) + different_rows;
    } while (next());
    verdict.kind = Verdict::Kind::Wrong;
    verdict.details = first.empty() ? "no order of what happened is possible" : first;
    return verdict;
  }

private:
  /// Whether something of the world may make the FHIR service refuse an entry that is right in itself.
  bool may_be_refused() const {
    auto times = [&](FaultKind kind) {
      return std::count_if(world_.faults.begin(), world_.faults.end(), [&](auto& one) { return one.kind == kind; });
    };
    bool any = times(FaultKind::Transaction500) >= 4 || times(FaultKind::Search500) >= 4 || !world_.outside.empty();
    for (auto kind : {FaultKind::Transaction404, FaultKind::TransactionLacking, FaultKind::TransactionUnreadable,
                      FaultKind::SearchLoop, FaultKind::SearchTotal, FaultKind::SearchRefused})
      any |= world_.has(kind);
    return any;
  }

  void add(Choice choice) {
    if (choice.count > 1)
      choices_.push_back(choice);
  }

  void add_choices(std::int64_t sequence, const SeenEntry& seen) {
    add({Choice::Of::Text, sequence, 0, seen.mapped.size()});
    std::size_t behind = 0; // so many that come after it were there before it
    for (const auto& [other, entry] : watch_.entries())
      behind += other > sequence && other <= seen.highest;
    places_[sequence] = behind;
    std::size_t places = behind + 1;
    if (!world_.stops.empty())
      places += behind; // or those behind it were done once more
    if (!seen.must_be_done)
      ++places; // not done at all
    add({Choice::Of::Place, sequence, 0, places});
    if (given_up_.contains(sequence))
      add({Choice::Of::Fate, sequence, 0, 2});
    else if (refused_.contains(sequence) && may_be_refused())
      add({Choice::Of::Fate, sequence, 0, world_.loose ? 4U : 3U});
  }

  void add_write(std::size_t number) {
    const auto& write = watch_.writes()[number];
    std::size_t first = 0, last = 0;
    for (const auto& [sequence, seen] : watch_.entries()) {
      first += sequence <= write.checkpoint;
      last += sequence <= write.checkpoint || seen.first <= write.at + longest_belief;
    }
    firsts_.push_back(first);
    choices_.push_back({Choice::Of::Write, 0, number, last - first + 1});
  }

  bool next() {
    for (auto& choice : choices_) {
      if (++choice.at < choice.count)
        return true;
      choice.at = 0;
    }
    return false;
  }

  std::size_t chosen(Choice::Of of, std::int64_t sequence) const {
    for (const auto& choice : choices_)
      if (choice.of == of && choice.sequence == sequence)
        return choice.at;
    return 0;
  }

  Happening happening(std::int64_t sequence, const SeenEntry& seen) const {
    Happening one;
    one.entry = seen.mapped[seen.mapped.size() - 1 - chosen(Choice::Of::Text, sequence)].get();
    auto fate = chosen(Choice::Of::Fate, sequence);
    one.is_applied = given_up_.contains(sequence) ? fate == 1 : fate % 2 == 0; // 2: applied, whatever the row says
    one.leaves_endpoint = fate == 3;
    return one;
  }

  std::vector<Happening> happenings() const {
    std::vector<Happening> out;
    for (const auto& [sequence, seen] : watch_.entries())
      out.push_back(happening(sequence, seen));
    for (auto entry = watch_.entries().rbegin(); entry != watch_.entries().rend(); ++entry) {
      const auto& [sequence, seen] = *entry;
      auto place = chosen(Choice::Of::Place, sequence);
      auto behind = places_.at(sequence);
      if (place == 0)
        continue;
      auto at = std::find_if(out.begin(), out.end(), [&, sequence = sequence](const Happening& one) {
        return one.entry->sequence == sequence;
      });
      auto one = *at;
      at = out.erase(at);
      bool repeats = place > behind && place <= 2 * behind && !world_.stops.empty();
      if (place > behind && !repeats)
        continue; // not done
      auto steps = repeats ? place - behind : place;
      steps = std::min(steps, static_cast<std::size_t>(out.end() - at));
      std::vector<Happening> again(at, at + static_cast<std::ptrdiff_t>(steps));
      at = out.insert(at + static_cast<std::ptrdiff_t>(steps), one);
      if (repeats)
        out.insert(at + 1, again.begin(), again.end());
    }
    for (auto choice = choices_.rbegin(); choice != choices_.rend(); ++choice)
      if (choice->of == Choice::Of::Write) {
        Happening one;
        one.write = watch_.writes()[choice->write].number;
        auto place = std::min(firsts_[choice->write] + choice->at, out.size());
        out.insert(out.begin() + static_cast<std::ptrdiff_t>(place), one);
      }
    return out;
  }

  /// Rows are not compared of an entry that may have been seen, or have ended, in several ways.
  bool is_unclear(std::int64_t sequence) const {
    const auto& seen = watch_.entries().at(sequence);
    return seen.mapped.size() > 1 || !seen.must_be_done;
  }

  std::string compare_rows(const Rows& expected) const {
    std::string out;
    auto look = [&](const Rows& here, const Rows& there, const char* what) {
      for (const auto& [key, count] : here) {
        auto [sequence, fate] = key;
        auto at = there.find(key);
        if (at != there.end() && at->second == count)
          continue;
        bool is_excused =
            fate == Fate::FhirFailToStore && (chosen(Choice::Of::Fate, sequence) > 0 || given_up_.contains(sequence));
        if (!is_excused && (!watch_.entries().contains(sequence) || !is_unclear(sequence)))
          out += fmt::format("\n  {}: {} row(s) of {} for sequence {}", what, count, name_of(fate), sequence);
      }
    };
    look(expected, rows_, "expected");
    look(rows_, expected, "stands");
    return out;
  }

  const World& world_;
  const Watch& watch_;
  const std::string& state_;
  const Replayed& replayed_;
  std::set<std::int64_t> refused_, given_up_;
  Rows rows_;
  std::map<std::int64_t, std::size_t> places_; ///< of an entry: how many that come after it were there before it
  std::vector<std::size_t> firsts_;            ///< of a write: the first place that it may have
  std::vector<Choice> choices_;
};

} // namespace

Verdict judge(const World& world, const Watch& watch, const std::vector<io::ExceptionRow>& rows,
              const std::string& state, const Replayed& replayed) {
  return Judge(world, watch, rows, state, replayed).run();
}

} // namespace dicomcast::simulation
