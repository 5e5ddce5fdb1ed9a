// Transaction Bundles for the tests, written short.
#pragma once

#include "tests/simulators/client.hpp"

#include <string>
#include <vector>

namespace dicomcast::test {

inline std::string urn(int number) {
  auto text = std::to_string(number);
  return "urn:uuid:00000000-0000-4000-8000-" + std::string(12 - text.size(), '0') + text;
}

inline std::string patient(const std::string& id, const std::string& more = "") {
  return R"({"resourceType":"Patient","identifier":[{"system":"s","value":")" + id + "\"}]" + more + "}";
}

inline std::string study(const std::string& uid, const std::string& subject, const std::string& more = "") {
  return R"({"resourceType":"ImagingStudy","status":"available","subject":{"reference":")" + subject +
         R"("},"identifier":[{"system":"urn:dicom:uid","value":"urn:oid:)" + uid + "\"}]" + more + "}";
}

inline std::string create(int number, const std::string& type, const std::string& resource,
                          const std::string& condition) {
  return R"({"fullUrl":")" + urn(number) + R"(","resource":)" + resource + R"(,"request":{"method":"POST","url":")" +
         type + R"(","ifNoneExist":")" + condition + "\"}}";
}

inline std::string update(const std::string& base, const std::string& key, const std::string& resource,
                          const std::string& version) {
  return R"({"fullUrl":")" + base + "/" + key + R"(","resource":)" + resource +
         R"(,"request":{"method":"PUT","url":")" + key + R"(","ifMatch":"W/\")" + version + R"(\""}})";
}

inline std::string remove(const std::string& key) {
  return R"({"request":{"method":"DELETE","url":")" + key + "\"}}";
}

inline std::string transaction(const std::vector<std::string>& entries) {
  std::string out = R"({"resourceType":"Bundle","type":"transaction","entry":[)";
  for (const auto& entry : entries)
    out.append(&entry == entries.data() ? "" : ",").append(entry);
  return out + "]}";
}

/// A new Patient `id`.
inline std::string create_patient(const std::string& id) {
  return create(1, "Patient", patient(id), "identifier=s%7C" + id);
}

inline std::string status_at(const Answer& answer, std::size_t index) {
  auto bundle = answer.json();
  const auto& entries = bundle.items("entry");
  return index < entries.size() ? std::string(entries[index].find("response")->text("status")) : "(none)";
}

inline std::string issue(const Answer& answer, const std::string& member) {
  auto outcome = answer.json();
  const auto& issues = outcome.items("issue");
  return issues.empty() ? "(none)" : std::string(issues.front().text(member));
}

inline std::string diagnostics(const Answer& answer) {
  return issue(answer, "diagnostics");
}

} // namespace dicomcast::test
