// A certificate authority of a test's own, in a temporary folder that goes with it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace dicomcast::test {

struct KeyPair {
  std::string certificate, key; ///< PEM files
};

class CertificateAuthority {
public:
  CertificateAuthority();
  ~CertificateAuthority();
  const std::string& certificate() const; ///< PEM file
  /// A certificate for the DNS name `host`, valid from a day ago until `seconds` from now.
  KeyPair issue(const std::string& host, long seconds = 3'600);
  const std::filesystem::path& folder() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace dicomcast::test
