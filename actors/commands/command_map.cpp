// dicomcast map: what one entry would cause against given resources, without sending anything.
#include "actors/commands/commands.hpp"
#include "actors/commands/dicom_file.hpp"
#include "actors/mapping_options.hpp"
#include "actors/resources/working_set.hpp"
#include "conf/text.hpp"
#include "conf/values.hpp"
#include "mapping/feed/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dicomcast::actors {

using text::one_line;
using text::shortened;

namespace {

using mapping::Json;

/// A file of the command line cannot be used: a sentence for people.
struct UnusableFile {
  std::string reason;
};

std::string content_of(const std::string& path) {
  auto text = conf::read_whole_file(path);
  if (!text)
    throw UnusableFile{fmt::format("{}: cannot be read", path)};
  return *text;
}

/// What the file holds: an entry, or the dataset of one.
struct Input {
  EntryPtr entry;
  std::optional<Json> dataset; ///< none: an entry without metadata
  std::string warning;         ///< for people; empty: none
};

Input read_input(const std::string& path, const mapping::Options& options) {
  auto text = content_of(path);
  Input input;
  if (is_dicom_file(text)) {
    auto file = read_dicom_file(path);
    text = std::move(file.json);
    input.warning = std::move(file.warning);
  }
  if (auto json = Json::parse(text)) {
    if (mapping::is_dataset(*json)) {
      input.dataset = std::move(*json);
      if (auto missing = mapping::missing_uids(*input.dataset); !missing.empty())
        input.warning += fmt::format("{}{}: the dataset has no valid {}, so that no entry of a feed can be made of it",
                                     input.warning.empty() ? "" : "\n", path, missing);
      text = mapping::entry_of_dataset(*input.dataset).to_text();
    } else {
      auto* list = json->if_array();
      const Json& entry = list && list->size() == 1 ? list->front() : *json;
      for (auto key : {"Metadata", "metadata"})
        if (auto* metadata = entry.find(key); metadata && metadata->is_object())
          input.dataset = *metadata;
    }
  }
  std::string fault;
  auto entries = mapping::read_feed_page(text, options, &fault);
  if (!entries)
    throw UnusableFile{fmt::format(
        "{}: neither an entry of a change feed, nor a DICOM JSON dataset, nor a DICOM file: {}", path, fault)};
  if (entries->size() != 1)
    throw UnusableFile{fmt::format("{}: holds {} entries of a change feed; one was expected", path, entries->size())};
  input.entry = std::make_shared<const mapping::MappedEntry>(std::move(entries->front()));
  return input;
}

/// A resource, or those of a Bundle.
void read_resources(const std::string& path, std::vector<Json>& resources) {
  std::string fault;
  auto json = Json::parse(content_of(path), &fault);
  if (!json)
    throw UnusableFile{fmt::format("{}: not JSON: {}", path, fault)};
  auto type = json->text("resourceType");
  if (type.empty())
    throw UnusableFile{fmt::format("{}: no FHIR resource: it has no resourceType", path)};
  if (type != "Bundle") {
    resources.push_back(std::move(*json));
    return;
  }
  for (const auto& entry : json->items("entry"))
    if (const auto* resource = entry.find("resource"))
      resources.push_back(*resource);
}

/// What a service that compares letter by letter would answer.
bool matches(const Json& resource, const Search& search, const mapping::Options& options) {
  if (resource.text("resourceType") != type_of(search.keys.front().kind))
    return false;
  if (search.by == Search::By::Name)
    return resource.text("name") == mapping::endpoint_name(options);
  return std::any_of(search.keys.begin(), search.keys.end(),
                     [&](const ResourceKey& key) { return mapping::has_identifier(resource, key.identifier); });
}

std::string explanation(const io::fhir::Write& write) {
  using Kind = io::fhir::Write::Kind;
  switch (write.kind) {
  case Kind::Create:
    return fmt::format("create  {} as {}, unless {} finds one", write.type, write.full_url, write.if_none_exist);
  case Kind::Update:
    return fmt::format("update  {}/{} of version {}", write.type, one_line(write.id), one_line(write.version));
  case Kind::Patch:
    return fmt::format("patch   {}/{} of version {}", write.type, one_line(write.id), one_line(write.version));
  case Kind::Delete:
    return fmt::format("delete  {}/{}", write.type, one_line(write.id));
  }
  return {};
}

/// One row a tag of the mapping: what it holds, and the element it goes to, or why it goes nowhere.
void print_tags(const Json& dataset, const mapping::Options& options, std::ostream& out) {
  constexpr std::size_t widest_value = 32;
  out << fmt::format("{:<11}  {:<30}  {:<32}  {}\n", "tag", "keyword", "value", "goes to");
  for (const auto& finding : mapping::explain_dataset(dataset, options)) {
    auto value = one_line(finding.value);
    if (value.size() > widest_value)
      value = shortened(value, widest_value - 3);
    out << fmt::format("({:04X},{:04X})  {:<30}  {:<32}  {}{}\n", finding.number >> 16, finding.number & 0xFFFF,
                       finding.keyword, value, finding.is_mapped ? "" : "not mapped: ", one_line(finding.outcome));
  }
}

const char* explanation(EntryResult result) {
  switch (result) {
  case EntryResult::Committed:
    return "changes what is there:";
  case EntryResult::Unchanged:
    return "changes nothing";
  case EntryResult::Skipped:
    return "is skipped: its state is deleted, or it is of another data partition";
  case EntryResult::Failed:
    return "cannot be stored";
  }
  return "";
}

} // namespace

int run(const conf::Map& command, const conf::Config& config, Console console) {
  auto options = mapping_options(config);
  Input input;
  std::vector<Json> existing;
  try {
    input = read_input(command.entry, options);
    for (const auto& path : command.existing)
      read_resources(path, existing);
  } catch (const UnusableFile& file) {
    console.err << "dicomcast map: " << one_line(file.reason) << '\n';
    return exit_wrong_usage;
  } catch (const UnreadableDicomFile& file) {
    console.err << "dicomcast map: " << one_line(file.what()) << '\n';
    return exit_wrong_usage;
  }
  auto& entry = input.entry;
  if (!input.warning.empty())
    console.err << input.warning << '\n';
  if (command.explain && input.dataset)
    print_tags(*input.dataset, options, console.err);

  auto root = config.fhir.endpoint;
  while (root.ends_with('/'))
    root.pop_back();
  constexpr std::uint64_t seed = 1; // the same urn:uuid in every run: what is printed can be compared
  WorkingSet working_set(options, root, seed);
  working_set.add(entry);
  while (auto search = working_set.cache().next_search()) {
    std::copy_if(existing.begin(), existing.end(), std::back_inserter(search->found),
                 [&](const Json& resource) { return matches(resource, *search, options); });
    if (command.explain)
      console.err << fmt::format("search  {}: {} found\n", search->path, search->found.size());
    working_set.cache().found(*search, {});
  }
  std::vector<std::int64_t> unresolved;
  auto group = working_set.prepare({{entry}}, {}, unresolved);

  auto result = group->results.front();
  if (command.explain) {
    console.err << fmt::format("entry {} of instance {} {}\n", entry->sequence, one_line(entry->uids.instance),
                               explanation(result));
    for (const auto& write : group->writes)
      console.err << explanation(write) << '\n';
  }
  for (const auto& row : group->rows)
    console.err << fmt::format("{}: {}: {}\n", io::name_of(row.table), row.exception, one_line(row.message));
  if (result == EntryResult::Failed)
    return exit_entries_failed;
  auto bundle = group->writes.empty() ? io::fhir::transaction_bundle({}, root) : group->bundle;
  console.out << Json::parse(bundle)->to_pretty_text() << '\n';
  return exit_done;
}

} // namespace dicomcast::actors
