// The simulated DICOM service: a change feed in v1 and v2.
//   GET {prefix}/v1/changefeed?offset=&limit=&includeMetadata=       GET {prefix}/v1/changefeed/latest?includeMetadata=
//   GET {prefix}/v2/changefeed?offset=&limit=&startTime=&endTime=&includeMetadata=     and /v2/changefeed/latest
// Control: POST /_sim/entries (an entry or an array of them, see read_item), and what Service offers.
#pragma once

#include "tests/sim/feed.hpp"
#include "tests/sim/service.hpp"

#include <optional>

namespace dicomcast::sim {

enum class WhenEmpty { NoContent, EmptyBody, Null };

struct DicomOptions : ServiceOptions {
  std::optional<GeneratorOptions> generated; ///< the feed to begin with; nothing: an empty one
  Keys keys = Keys::Pascal;
  WhenEmpty latest_when_empty = WhenEmpty::NoContent; ///< what /latest answers where there is no entry
  /// What an empty page of v1 answers: an empty array, or as above.
  std::optional<WhenEmpty> page_when_empty;
};

class DicomService final : public Service {
public:
  explicit DicomService(DicomOptions options = {});
  ~DicomService() override;

  /// Adds an entry to the feed while it runs; its sequence. Throws std::invalid_argument for a sequence that is taken.
  std::int64_t append(FeedItem item);
  /// The same, of the JSON of an entry or a dataset.
  std::int64_t append(std::string_view json);
  /// All entries as they are served now, in order of sequence. Not for feeds of millions.
  std::vector<FeedItem> items() const;
  std::int64_t latest_sequence() const; ///< 0: there is none

protected:
  Classified classify(const HttpRequest& request, const Target& target) const override;
  HttpReply answer(const HttpRequest& request, const Target& target, const Classified& what) override;
  HttpReply refusal(int status, const std::string& text) const override;
  HttpReply control(const HttpRequest& request, const Target& target, std::string_view path) override;

private:
  HttpReply page(const Target& target, bool v2);
  HttpReply latest(const Target& target) const;

  DicomOptions dicom_;
  Feed feed_;
};

} // namespace dicomcast::sim
