// The reading of the change feed: see the header for the loop.
#include "actors/feed/feed_reader.hpp"

#include "io/change_feed.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::actors {

namespace {

/// A PollInterval of nothing at all would ask without a break.
constexpr milliseconds shortest_interval{10};
/// Looks of a backfill while the feed's latest entry has not been seen: in v2 each reaches further back than the last.
constexpr int looks_for_latest = 5;

} // namespace

FeedReader::FeedReader(FeedReaderConfig config)
    : config_(std::move(config)), outage_(config_.retry, config_.is_daemon) {}

FeedStep FeedReader::on_demand(std::size_t entries) {
  if (!cursor_) {
    auto feed = config_.feed;
    auto most = static_cast<int>(std::min<std::size_t>(entries / 2, INT32_MAX));
    feed.page_size = std::clamp(most, 1, std::max(feed.page_size, 1));
    if (config_.poll_interval_during_catchup.count() > 0)
      feed.parallel_pages = 1;
    cursor_ = config_.replay.empty() ? make_feed_cursor(feed) : make_replay_cursor(feed, config_.replay);
    poll_in(config_.poll_interval);
  }
  credit_ += entries;
  pump();
  return take_step();
}

FeedStep FeedReader::on_answer(const FeedRequest& request, const io::ServiceResult& result, Clock::time_point now) {
  if (is_ended_)
    return {};
  if (auto error = take_in(request, result)) {
    cursor_->on_failure(request.id);
    auto failed = outage_.failed(request.path, *error, now);
    if (!failed.fatal.empty())
      end({failed.fatal, false, {}});
    if (!failed.notice.empty())
      step_.notices.push_back(failed.notice);
    step_.ask_again_in = failed.wait;
    return take_step();
  }
  if (auto over = outage_.answered(request.path); !over.empty())
    step_.notices.push_back(over);
  auto pause = config_.poll_interval_during_catchup;
  if (pause.count() > 0 && request.kind == FeedRequest::Kind::Page && !outage_.is_waiting())
    ask_again_in(pause);
  pump();
  return take_step();
}

FeedStep FeedReader::on_poll(std::uint64_t token) {
  if (is_ended_ || token != poll_token_)
    return {};
  if (!outage_.is_on()) // what failed is asked again, and nothing beside it
    cursor_->poll();
  poll_in(std::max(config_.poll_interval, shortest_interval));
  pump();
  return take_step();
}

FeedStep FeedReader::on_ask_again() {
  outage_.waited();
  pump();
  return take_step();
}

void FeedReader::on_done(std::int64_t sequence) {
  config_.checkpoint = std::max(config_.checkpoint, sequence);
  if (cursor_)
    cursor_->on_done(sequence);
}

void FeedReader::pump() {
  if (is_ended_)
    return;
  hand_on();
  if (is_ended_ || outage_.is_waiting())
    return;
  for (auto& request : cursor_->next(credit_)) {
    outage_.sent();
    step_.requests.push_back(std::move(request));
  }
  if (cursor_->caught_up())
    at_the_end();
}

void FeedReader::hand_on() {
  auto entries = cursor_->take_late();
  auto more = cursor_->take(credit_);
  entries.insert(entries.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  credit_ -= std::min(credit_, entries.size());
  step_.entries.insert(step_.entries.end(), std::make_move_iterator(entries.begin()),
                       std::make_move_iterator(entries.end()));
  for (auto& skipped : cursor_->take_skipped()) {
    step_.warnings.push_back(skipped.message + "; it is skipped");
    step_.passed_over += skipped.sequence == 0;
  }
  for (auto missing : cursor_->take_missing())
    step_.warnings.push_back(fmt::format("the change feed has no entry of Sequence {} any more", missing));
  if (auto latest = cursor_->latest(); latest && latest != told_latest_)
    step_.latest = told_latest_ = latest;
  if (const auto* malformed = cursor_->malformed())
    end({malformed->message, true, {}});
}

void FeedReader::at_the_end() {
  if (config_.is_daemon) {
    if (caught_up_at_ != cursor_->latest())
      poll_in(config_.poll_interval_during_catchup);
    caught_up_at_ = cursor_->latest();
    return;
  }
  bool lacks_latest = cursor_->lacks_latest();
  if (config_.replay.empty() && looks_at_end_ < (lacks_latest ? looks_for_latest : 1)) {
    ++looks_at_end_;
    cursor_->poll();
    return pump();
  }
  if (lacks_latest)
    end({fmt::format("the change feed ends before its own latest entry: that is of Sequence {}, and no page holds it",
                     cursor_->latest().value_or(0)),
         true,
         {}});
  else
    end({});
}

void FeedReader::end(FeedStep::End end) {
  is_ended_ = true;
  end.latest = cursor_->latest();
  step_.end = std::move(end);
}

void FeedReader::poll_in(milliseconds delay) {
  step_.poll = FeedStep::Poll{delay, ++poll_token_};
}

void FeedReader::ask_again_in(milliseconds delay) {
  outage_.wait();
  step_.ask_again_in = delay;
}

/// Gives the cursor the answer, unless there is none.
std::optional<io::Error> FeedReader::take_in(const FeedRequest& request, const io::ServiceResult& result) {
  auto operation = "GET " + request.path;
  if (request.kind == FeedRequest::Kind::Latest) {
    auto answer = io::change_feed::read_latest(result, operation);
    if (auto* error = std::get_if<io::Error>(&answer))
      return std::move(*error);
    auto latest = std::get<io::change_feed::Latest>(answer);
    tell_if_begun_anew(latest);
    cursor_->on_latest(request.id, latest);
    return std::nullopt;
  }
  auto is_wanted = [&](std::int64_t sequence) { return request.with_metadata && cursor_->wants(sequence); };
  auto answer = io::change_feed::read_page(result, operation, config_.options, is_wanted);
  if (auto* error = std::get_if<io::Error>(&answer))
    return std::move(*error);
  if (auto* malformed = std::get_if<io::change_feed::Malformed>(&answer))
    cursor_->on_malformed(request.id, malformed->why);
  else
    cursor_->on_page(request.id, std::move(std::get<io::change_feed::Page>(answer)));
  return std::nullopt;
}

void FeedReader::tell_if_begun_anew(std::optional<std::int64_t> latest) {
  auto what = io::change_feed::begun_anew(latest, config_.checkpoint);
  if (!what.empty() && !std::exchange(is_anew_told_, true))
    step_.notices.push_back(std::move(what));
}

} // namespace dicomcast::actors
