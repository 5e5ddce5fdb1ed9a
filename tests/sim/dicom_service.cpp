// The simulated DICOM service.
#include "tests/sim/dicom_service.hpp"

#include <limits>
#include <stdexcept>

namespace dicomcast::sim {

using mapping::Json;

namespace {

bool with_metadata(const Target& target) {
  auto value = target.parameter("includeMetadata");
  return !value || (*value != "false" && *value != "False");
}

HttpReply nothing(WhenEmpty how) {
  switch (how) {
  case WhenEmpty::NoContent:
    return json_reply(204, "");
  case WhenEmpty::EmptyBody:
    return json_reply(200, "");
  case WhenEmpty::Null:
    return json_reply(200, "null");
  }
  return {};
}

/// A parameter that is a whole number of at least `least`; `otherwise` where it is absent. Nothing if it is none.
std::optional<std::int64_t> whole(const Target& target, std::string_view name, std::int64_t otherwise,
                                  std::int64_t least) {
  auto text = target.parameter(name);
  if (!text)
    return otherwise;
  auto number = to_number(*text);
  return number && *number >= least ? std::optional<std::int64_t>(*number) : std::nullopt;
}

} // namespace

DicomService::DicomService(DicomOptions options) : Service(options), dicom_(std::move(options)) {
  if (dicom_.generated)
    feed_ = Feed(*dicom_.generated);
  serve();
}

DicomService::~DicomService() {
  stop();
}

Service::Classified DicomService::classify(const HttpRequest&, const Target& target) const {
  if (target.path == "/v1/changefeed" || target.path == "/v2/changefeed")
    return {"feed", ""};
  if (target.path == "/v1/changefeed/latest" || target.path == "/v2/changefeed/latest")
    return {"latest", ""};
  return {"other", ""};
}

HttpReply DicomService::answer(const HttpRequest& request, const Target& target, const Classified& what) {
  if (what.kind == "other")
    return refusal(404, "nothing is here: " + target.path);
  if (request.method != "GET")
    return refusal(405, "GET only");
  return what.kind == "latest" ? latest(target) : page(target, target.path.starts_with("/v2"));
}

HttpReply DicomService::latest(const Target& target) const {
  auto newest = feed_.latest(with_metadata(target));
  if (!newest)
    return nothing(dicom_.latest_when_empty);
  std::string body;
  write_item(*newest, with_metadata(target), dicom_.keys, body);
  return json_reply(200, std::move(body));
}

HttpReply DicomService::page(const Target& target, bool v2) {
  auto offset = whole(target, "offset", 0, 0);
  auto limit = whole(target, "limit", v2 ? 100 : 10, 1);
  if (!offset || !limit || *limit > (v2 ? 200 : 100))
    return refusal(400, "offset or limit is out of range");
  auto time = [&](std::string_view name, Ticks otherwise) {
    auto text = target.parameter(name);
    return text ? parse_timestamp(*text) : std::optional<Ticks>(otherwise);
  };
  auto since = time("startTime", std::numeric_limits<Ticks>::min());
  auto until = time("endTime", std::numeric_limits<Ticks>::max());
  if (v2 && (!since || !until || *since >= *until))
    return refusal(400, "startTime and endTime make no window");
  bool metadata = with_metadata(target);
  auto items =
      v2 ? feed_.by_time(*since, *until, *offset, *limit, metadata) : feed_.by_sequence(*offset, *limit, metadata);
  feed_.count_request();
  if (items.empty() && dicom_.page_when_empty)
    return nothing(*dicom_.page_when_empty);
  std::string body = "[";
  body.reserve(items.size() * (metadata ? 4096 : 512) + 2);
  for (const auto& item : items) {
    if (body.size() > 1)
      body += ',';
    write_item(item, metadata, dicom_.keys, body);
  }
  return json_reply(200, body += ']');
}

HttpReply DicomService::refusal(int status, const std::string& text) const {
  Json problem = Json::object();
  problem.set("status", Json::integer(status));
  problem.set("detail", text);
  return json_reply(status, problem.to_text());
}

HttpReply DicomService::control(const HttpRequest& request, const Target&, std::string_view path) {
  if (request.method != "POST" || path != "/entries")
    return refusal(404, "nothing is here");
  auto json = Json::parse(request.body);
  if (!json || (!json->is_object() && !json->is_array()))
    return refusal(400, "not an entry nor an array of them");
  try {
    Json sequences = Json::array();
    if (const auto* list = json->if_array())
      for (const auto& entry : *list)
        sequences.push_back(Json::integer(feed_.append(read_item(entry))));
    else
      sequences.push_back(Json::integer(feed_.append(read_item(*json))));
    return json_reply(200, sequences.to_text());
  } catch (const std::invalid_argument& e) {
    return refusal(409, e.what());
  }
}

std::int64_t DicomService::append(FeedItem item) {
  std::lock_guard lock(mutex_);
  return feed_.append(std::move(item));
}

std::int64_t DicomService::append(std::string_view json) {
  auto read = Json::parse(json);
  if (!read || !read->is_object())
    throw std::invalid_argument("not the JSON of an entry");
  return append(read_item(*read));
}

std::vector<FeedItem> DicomService::items() const {
  std::lock_guard lock(mutex_);
  return feed_.by_sequence(0, std::numeric_limits<std::int64_t>::max(), true);
}

std::int64_t DicomService::latest_sequence() const {
  std::lock_guard lock(mutex_);
  auto newest = feed_.latest(false);
  return newest ? newest->sequence : 0;
}

} // namespace dicomcast::sim
