// One transfer of libcurl: its options, and what it received.
#include "io/http/curl_transfer.hpp"

#include "conf/text.hpp"
#include "io/http/curl_failure.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace dicomcast::io {

namespace {

constexpr long connect_timeout_ms = 30'000;
constexpr std::size_t most_reserved = std::size_t{64} << 20; // a Content-Length is a claim, not yet a body

template<class T>
void set(CURL* easy, CURLoption option, T value) {
  if (const auto code = curl_easy_setopt(easy, option, value); code != CURLE_OK)
    throw std::runtime_error(fmt::format("libcurl refuses option {}: {}", int(option), curl_easy_strerror(code)));
}

} // namespace

Transfer::Transfer(const TlsOptions& tls, const SocketHooks& hooks) : tls_(tls), easy_(curl_easy_init()) {
  if (!easy_)
    throw std::runtime_error("libcurl gives no handle");
  set(easy_, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy_, CURLOPT_ERRORBUFFER, error_.data());
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  set(easy_, CURLOPT_TCP_NODELAY, 1L);
  set(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy_, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  set(easy_, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy_, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(easy_, CURLOPT_ACCEPT_ENCODING, "gzip");
  set(easy_, CURLOPT_USERAGENT, "dicomcast");
  set(easy_, CURLOPT_BUFFERSIZE, 65'536L);
  set(easy_, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy_, CURLOPT_PREREQFUNCTION, &Transfer::on_send);
  set(easy_, CURLOPT_PREREQDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy_, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(easy_, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy_, CURLOPT_OPENSOCKETFUNCTION, hooks.open);
  set(easy_, CURLOPT_OPENSOCKETDATA, hooks.self);
  set(easy_, CURLOPT_CLOSESOCKETFUNCTION, hooks.close);
  set(easy_, CURLOPT_CLOSESOCKETDATA, hooks.self);

  set(easy_, CURLOPT_SSL_VERIFYPEER, tls.insecure ? 0L : 1L);
  set(easy_, CURLOPT_SSL_VERIFYHOST, tls.insecure ? 0L : 2L);
  set(easy_, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  if (!tls.ca_file.empty())
    set(easy_, CURLOPT_CAINFO, tls.ca_file.c_str()); // CURLOPT_CAPATH keeps the system's
  if (!tls.client_certificate_file.empty())
    set(easy_, CURLOPT_SSLCERT, tls.client_certificate_file.c_str());
  if (!tls.client_key_file.empty())
    set(easy_, CURLOPT_SSLKEY, tls.client_key_file.c_str());
  if (!tls.proxy.empty())
    set(easy_, CURLOPT_PROXY, tls.proxy.c_str());
}

Transfer::~Transfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

void Transfer::prepare(HttpRequest request, Done done, Clock::time_point sent) {
  request_ = std::move(request);
  done_ = std::move(done);
  sent_ = sent;
  response_ = {};
  too_large_ = false;
  times_sent_ = 0;
  error_[0] = '\0';
  set(easy_, CURLOPT_URL, request_.url.c_str());
  set(easy_, CURLOPT_NOPROXY, request_.direct ? "*" : static_cast<const char*>(nullptr));
  set_method();
  set_headers();
}

void Transfer::set_method() {
  const auto& method = request_.method;
  const bool has_body = !request_.body.empty() || method == "POST" || method == "PUT";
  set(easy_, CURLOPT_HTTPGET, 1L); // also takes back what an earlier exchange chose
  if (method == "HEAD") {
    set(easy_, CURLOPT_NOBODY, 1L);
  } else if (has_body) {
    set(easy_, CURLOPT_POST, 1L);
    set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(easy_, CURLOPT_POSTFIELDS, request_.body.data());
  }
  const bool is_usual = method == "HEAD" || method == (has_body ? "POST" : "GET");
  set(easy_, CURLOPT_CUSTOMREQUEST, is_usual ? static_cast<const char*>(nullptr) : method.c_str());
}

void Transfer::set_headers() {
  curl_slist_free_all(headers_);
  headers_ = curl_slist_append(nullptr, "Expect:"); // saves the wait for 100 Continue
  bool has_content_type = false;
  std::string line;
  for (const auto& [name, value] : request_.headers) {
    has_content_type = has_content_type || text::equal_but_for_case(name, "content-type");
    line.assign(name).append(value.empty() ? ";" : ": ").append(value); // libcurl's way to send an empty value
    headers_ = curl_slist_append(headers_, line.c_str());
  }
  if (!has_content_type) // else libcurl names a form
    headers_ = curl_slist_append(headers_, "Content-Type:");
  set(easy_, CURLOPT_HTTPHEADER, headers_);
}

HttpResult Transfer::finish(CURLcode code) {
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    response_.duration = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - sent_);
    if (status == 307 || status == 308)
      response_.request_body = std::move(request_.body);
    return std::move(response_);
  }
  if (too_large_)
    return HttpFailure{HttpFailure::Kind::Other, fmt::format("the answer of {} is larger than {} bytes",
                                                             authority_of(request_.url), request_.max_response_bytes)};
  return failure_of(code, easy_, request_.url, error_.data(), tls_);
}

HttpFailure Transfer::timed_out() const {
  const auto host = authority_of(request_.url);
  const auto seconds = fmt::format("{:g} s", static_cast<double>(request_.timeout.count()) / 1000);
  if (response_.headers.empty() && response_.body.empty())
    return {HttpFailure::Kind::Timeout, fmt::format("no answer of {} within {}", host, seconds)};
  return {HttpFailure::Kind::Timeout, fmt::format("the answer of {} was not complete within {}: {} bytes had come",
                                                  host, seconds, response_.body.size())};
}

std::uint64_t Transfer::bytes_sent() const {
  long head = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &head);
  // libcurl counts a body below 64 KiB with the head it is sent with.
  constexpr std::size_t counted_apart = 64 * 1024;
  return static_cast<std::uint64_t>(head) + (request_.body.size() >= counted_apart ? request_.body.size() : 0);
}

std::uint64_t Transfer::bytes_received() const {
  long head = 0;
  curl_off_t body = 0;
  curl_easy_getinfo(easy_, CURLINFO_HEADER_SIZE, &head);
  curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &body);
  return static_cast<std::uint64_t>(head) + static_cast<std::uint64_t>(body);
}

/// Each time that the request is about to go out on a connection.
int Transfer::on_send(void* self, char*, char*, int, int) {
  ++static_cast<Transfer*>(self)->times_sent_;
  return CURL_PREREQFUNC_OK;
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t count, void* self) {
  auto& response = static_cast<Transfer*>(self)->response_;
  const std::string_view line(data, count);
  if (line.starts_with("HTTP/")) { // a status line: what came before was an interim answer (RFC 9110 section 15.2)
    response.headers.clear();
    return count;
  }
  const auto colon = line.find(':');
  if (colon == line.npos)
    return count;
  auto name = text::lower_case(text::trimmed(line.substr(0, colon)));
  const auto value = text::trimmed(line.substr(colon + 1));
  if (name == "content-length") {
    std::size_t length = 0;
    std::from_chars(value.data(), value.data() + value.size(), length);
    response.body.reserve(std::min(length, most_reserved));
  }
  response.headers.emplace_back(std::move(name), value);
  return count;
}

std::size_t Transfer::on_body(char* data, std::size_t, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (count > transfer.request_.max_response_bytes - transfer.response_.body.size()) {
    transfer.too_large_ = true;
    return 0; // ends the exchange with CURLE_WRITE_ERROR
  }
  transfer.response_.body.append(data, count);
  return count;
}

} // namespace dicomcast::io
