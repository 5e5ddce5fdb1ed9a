// The original's way of working, one request after another.
#include "bench/baseline.hpp"

#include "actors/mapping_options.hpp"
#include "actors/resources/search.hpp"
#include "io/fhir.hpp"
#include "mapping/merge.hpp"

#include <stdexcept>

namespace dicomcast::bench {

namespace {

using actors::ResourceKind;
using io::fhir::Write;
using mapping::Effect;
using mapping::Json;
using mapping::MappedEntry;

constexpr int page_size = 10;

class Baseline {
public:
  Baseline(const std::string& dicom, const std::string& fhir)
      : dicom_(dicom), fhir_(fhir), options_(mapping_options_for(dicom)) {}

  BaselineFigures run() {
    auto begin = monotonic_seconds();
    auto latest = Json::parse(get(dicom_ + "/v1/changefeed/latest?includeMetadata=false")).value_or(Json());
    auto last = whole(latest, "Sequence");
    for (std::int64_t offset = 0; offset < last; offset += page_size) {
      auto text = get(dicom_ + "/v1/changefeed?offset=" + std::to_string(offset) +
                      "&limit=" + std::to_string(page_size) + "&includeMetadata=true");
      std::string why;
      auto page = mapping::read_feed_page(text, options_, &why);
      if (!page)
        throw std::runtime_error(why);
      for (const auto& entry : *page)
        process(entry);
    }
    figures_.seconds = monotonic_seconds() - begin;
    return figures_;
  }

private:
  std::string get(const std::string& url) {
    ++figures_.requests;
    return http_.get(url);
  }

  std::optional<Json> find(const actors::ResourceKey& key) {
    auto search = actors::make_search({key}, actors::Search::By::Identifier, options_);
    auto bundle = Json::parse(get(fhir_ + "/" + search.path)).value_or(Json());
    for (const auto& entry : bundle.items("entry"))
      if (const auto* resource = entry.find("resource"))
        search.found.push_back(*resource);
    auto findings = actors::judge(search, options_);
    if (findings[0].failure)
      throw std::runtime_error(findings[0].failure->message);
    if (findings[0].ours.empty())
      return std::nullopt;
    return findings[0].ours[0];
  }

  /// Adds the resource's write, and returns the reference to it.
  std::string write(const char* type, const std::optional<Json>& before, const mapping::Identifier& identifier) {
    Write one;
    one.type = type;
    if (before) {
      one.kind = Write::Kind::Update;
      one.id = before->text("id");
      one.version = before->find("meta")->text("versionId");
    } else {
      one.full_url = "urn:uuid:00000000-0000-4000-8000-00000000000" + std::to_string(writes_.size());
      one.if_none_exist = mapping::identifier_query(identifier);
    }
    auto reference = before ? one.type + "/" + one.id : one.full_url;
    writes_.push_back(std::move(one));
    return reference;
  }

  void process(const MappedEntry& entry) {
    ++figures_.entries;
    auto needs = actors::needs_of(entry, options_);
    if (needs.empty())
      return;
    std::vector<std::optional<Json>> found;
    for (const auto& key : needs)
      found.push_back(find(key));
    writes_.clear();
    if (entry.effect == Effect::Upsert)
      upsert(entry, needs, found);
    else
      remove(entry, found[0]);
    if (writes_.empty())
      return;
    ++figures_.requests;
    auto response = http_.send("POST", fhir_ + "/", io::fhir::transaction_bundle(writes_, fhir_));
    if (response.status != 200)
      throw std::runtime_error("the transaction answered " + std::to_string(response.status) + " " + response.body);
  }

  void upsert(const MappedEntry& entry, const std::vector<actors::ResourceKey>& needs,
              const std::vector<std::optional<Json>>& found) {
    std::string references[2];
    std::optional<Json> resources[2] = {found[0], found[1]};
    for (std::size_t i : {0, 1}) {
      bool changed = i == 0 ? mapping::merge_patient(entry.patient, options_, resources[0])
                            : mapping::merge_endpoint(options_, resources[1]);
      if (changed) {
        references[i] = write(i == 0 ? "Patient" : "Endpoint", found[i], needs[i].identifier);
        writes_.back().body = resources[i]->to_text();
      } else {
        references[i] = std::string(resources[i]->text("resourceType")) + "/" + std::string(resources[i]->text("id"));
      }
    }
    auto study = found[2] ? std::optional<mapping::ImagingStudy>(*found[2]) : std::nullopt;
    if (mapping::merge_study(entry, options_, references[0], references[1], study)) {
      write("ImagingStudy", found[2], needs[2].identifier);
      study->write(writes_.back().body);
    }
  }

  void remove(const MappedEntry& entry, const std::optional<Json>& found) {
    auto study = found ? std::optional<mapping::ImagingStudy>(*found) : std::nullopt;
    auto removal = mapping::remove_instance(entry, options_, study);
    if (removal == mapping::Removal::Nothing)
      return;
    write("ImagingStudy", found, {});
    if (removal == mapping::Removal::Emptied)
      writes_.back().kind = Write::Kind::Delete;
    else
      study->write(writes_.back().body);
  }

  std::string dicom_, fhir_;
  mapping::Options options_;
  Http http_;
  BaselineFigures figures_;
  std::vector<Write> writes_;
};

} // namespace

mapping::Options mapping_options_for(const std::string& dicom_url) {
  conf::Config config;
  config.dicom_source = dicom_url + "/";
  return actors::mapping_options(config);
}

BaselineFigures run_baseline(const std::string& dicom_url, const std::string& fhir_url) {
  return Baseline(dicom_url, fhir_url).run();
}

} // namespace dicomcast::bench
