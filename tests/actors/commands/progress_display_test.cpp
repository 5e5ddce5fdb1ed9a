#include "actors/commands/progress_display.hpp"

#include <catch2/catch.hpp>

using namespace dicomcast::actors;

TEST_CASE("the progress of a backfill is told by how far it came in the sequences") {
  ProgressView view;
  view.seconds = 2;
  view.done = 1000;
  view.first = 100;
  view.last_sequence = 1100;
  CHECK(render(view, true) == "1,000 entries  500/s  errors 0  retries 0"); // where it ends is not known yet
  view.latest = 2100;
  view.errors = 1;
  view.retries = 2;
  CHECK(render(view, true) ==
        "[###############...............]  50 %  1,000 of 2,000 entries  500/s  errors 1  retries 2"
        "  left 0:02");
  CHECK(render(view, false) == "1,000 of 2,000 entries  500/s  errors 1  retries 2  left 0:02");
  view.last_sequence = 2100; // sequences were missing
  CHECK(render(view, false) == "1,000 entries  500/s  errors 1  retries 2");
}

TEST_CASE("the progress of a replay is told by the entries to replay, wherever they stand in the feed") {
  ProgressView view;
  view.seconds = 1;
  view.latest = 64;
  view.total = 2;
  CHECK(render(view, false) == "0 of 2 entries  0/s  errors 0  retries 0");
  view.done = 1;
  view.last_sequence = 47;
  CHECK(render(view, false) == "1 of 2 entries  1/s  errors 0  retries 0  left 0:01");
  view.total = 1;
  CHECK(render(view, false) == "1 entry  1/s  errors 0  retries 0");
  view.total = view.done = 2;
  CHECK(render(view, false) == "2 entries  2/s  errors 0  retries 0");
}
