// Certificates made for a test, by OpenSSL.
#include "tests/io/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>
#include <stdlib.h>

namespace dicomcast::test {

namespace {

template<auto Free>
struct Freer {
  template<class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

constexpr long day = 86'400;

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (!extension)
    throw std::runtime_error("OpenSSL makes no extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate make_certificate(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, long seconds,
                             long serial) {
  Certificate made(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -day);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), seconds);
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer ? issuer : made.get()));
  if (issuer)
    add_extension(made.get(), issuer, NID_subject_alt_name, "DNS:" + name);
  else
    add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE");
  if (!X509_sign(made.get(), issuer_key, EVP_sha256()))
    throw std::runtime_error("OpenSSL does not sign");
  return made;
}

template<class Write>
std::string write_file(const std::filesystem::path& path, Write write) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (!file)
    throw std::runtime_error("cannot write " + path.string());
  write(file);
  std::fclose(file);
  return path.string();
}

} // namespace

struct CertificateAuthority::Impl {
  std::filesystem::path folder;
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate;
  std::string file;
  long issued = 1;
};

CertificateAuthority::CertificateAuthority() : impl_(std::make_unique<Impl>()) {
  auto pattern = (std::filesystem::temp_directory_path() / "dicomcast-ca-XXXXXX").string();
  if (!mkdtemp(pattern.data()))
    throw std::runtime_error("no temporary folder");
  impl_->folder = pattern;
  impl_->certificate = make_certificate("Authority " + impl_->folder.filename().string(), impl_->key.get(), nullptr,
                                        impl_->key.get(), day, 1);
  impl_->file =
      write_file(impl_->folder / "ca.pem", [&](std::FILE* file) { PEM_write_X509(file, impl_->certificate.get()); });
}

CertificateAuthority::~CertificateAuthority() {
  std::error_code ignored;
  std::filesystem::remove_all(impl_->folder, ignored);
}

const std::string& CertificateAuthority::certificate() const {
  return impl_->file;
}
const std::filesystem::path& CertificateAuthority::folder() const {
  return impl_->folder;
}

KeyPair CertificateAuthority::issue(const std::string& host, long seconds) {
  const Key key(EVP_EC_gen("P-256"));
  const auto made =
      make_certificate(host, key.get(), impl_->certificate.get(), impl_->key.get(), seconds, ++impl_->issued);
  const auto stem = impl_->folder / std::to_string(impl_->issued);
  return {write_file(stem.string() + ".pem", [&](std::FILE* file) { PEM_write_X509(file, made.get()); }),
          write_file(stem.string() + ".key", [&](std::FILE* file) {
            PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

} // namespace dicomcast::test
