// What a redirection leads to, and whether it may be followed.
#include "io/http/redirect.hpp"

#include "conf/text.hpp"

#include "conf/values.hpp"

#include <curl/curl.h>

#include <memory>

namespace dicomcast::io {

namespace {

struct UrlParts {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> handle{curl_url(), &curl_url_cleanup};

  /// A relative URL is resolved against the one that is there.
  bool set(const std::string& url) { return curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0) == CURLUE_OK; }
  /// Empty where there is none.
  std::string get(CURLUPart part, unsigned int flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(handle.get(), part, &text, flags) != CURLUE_OK)
      return {};
    std::string result(text);
    curl_free(text);
    return result;
  }
};

} // namespace

std::optional<std::string> redirect_target(const std::string& url, std::string_view location) {
  UrlParts from, to;
  const bool is_absolute = location.find("://") < location.find_first_of("/?#");
  if (location.empty() || !from.set(url) || !to.set(url) || !to.set(std::string(location)))
    return {};
  if (is_absolute && !(to.get(CURLUPART_USER) + to.get(CURLUPART_PASSWORD)).empty())
    return {};
  if (!text::equal_but_for_case(from.get(CURLUPART_HOST), to.get(CURLUPART_HOST)))
    return {};
  const auto before = from.get(CURLUPART_SCHEME), after = to.get(CURLUPART_SCHEME);
  const bool is_same_port = from.get(CURLUPART_PORT, CURLU_DEFAULT_PORT) == to.get(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (!(before == "http" && after == "https") && !(before == after && is_same_port))
    return {};
  curl_url_set(to.handle.get(), CURLUPART_FRAGMENT, nullptr, 0);
  return to.get(CURLUPART_URL);
}

} // namespace dicomcast::io
