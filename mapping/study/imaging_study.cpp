// The ImagingStudy whose instances stay texts.
#include "mapping/study/imaging_study.hpp"

#include "mapping/json/edit.hpp"

#include <charconv>

namespace dicomcast::mapping {

namespace {

std::string uid_of(const Json& element) {
  constexpr std::string_view prefix = "urn:oid:";
  auto uid = element.text("uid");
  return std::string(uid.starts_with(prefix) ? uid.substr(prefix.size()) : uid);
}

/// Takes the elements of a list that is not empty out of the parent and leaves null in their place.
Json::Array take_list(Json& parent, std::string_view name) {
  auto* member = parent.find(name);
  auto* list = member ? member->if_array() : nullptr;
  if (!list || list->empty())
    return {};
  auto elements = std::move(*list);
  *member = Json();
  return elements;
}

/// What a series says of its instances; 0: nothing, or no number.
std::size_t own_number(const Json& series) {
  auto* member = series.find("numberOfInstances");
  auto* number = member ? member->if_number() : nullptr;
  std::uint32_t value = 0;
  if (number)
    std::from_chars(number->token.data(), number->token.data() + number->token.size(), value);
  return value;
}

/// Writes an object with a list in the place of its null member of that name, or at its end.
template<class F>
void write_with_list(const Json& parent, std::string_view name, bool has_list, F write_elements, std::string& out) {
  if (!has_list)
    return parent.write(out);
  auto write_list = [&] {
    out += '[';
    write_elements();
    out += ']';
  };
  char before = '{';
  bool written = false;
  for (auto& [key, value] : *parent.if_object()) {
    out += before;
    before = ',';
    Json::write_string(key, out);
    out += ':';
    if (!written && key == name) {
      write_list();
      written = true;
    } else {
      value.write(out);
    }
  }
  if (!written) {
    out += before;
    Json::write_string(name, out);
    out += ':';
    write_list();
  }
  out += '}';
}

} // namespace

ImagingStudy::ImagingStudy(Json resource) : members_(std::move(resource)) {
  for (auto& element : take_list(members_, "series")) {
    Series series{uid_of(element), std::move(element), {}};
    for (auto& instance : take_list(series.members, "instance")) {
      auto text = instance.to_text();
      text_bytes_ += text.size();
      series.instances.add({uid_of(instance), std::move(text)});
    }
    listed_ += series.instances.size();
    if (series.instances.empty())
      unlisted_ += own_number(series.members);
    series_.add(std::move(series));
  }
}

ImagingStudy::Series& ImagingStudy::add_series(std::string_view uid) {
  if (series_.empty())
    members_.set("series", Json()); // where there was a list without elements too
  Json members = Json::object();
  members.set("uid", uid);
  return series_.add({std::string(uid), std::move(members), {}});
}

void ImagingStudy::add_instance(Series& series, Instance instance) {
  if (series.instances.empty()) {
    unlisted_ -= own_number(series.members);
    if (series.members.find("instance"))
      series.members.set("instance", Json());
  }
  text_bytes_ += instance.text.size();
  series.instances.add(std::move(instance));
  ++listed_;
  if (counts_kept_)
    put_integer(series.members, "numberOfInstances", static_cast<std::int64_t>(series.instances.size()));
}

void ImagingStudy::replace_text(Series& series, Instance& instance, std::string text) {
  ++rewrites_;
  if (former_texts_)
    former_texts_->try_emplace({series.uid, instance.uid}, instance.text);
  text_bytes_ += text.size() - instance.text.size();
  instance.text = std::move(text);
}

bool ImagingStudy::remove_instance(std::string_view series_uid, std::string_view sop_uid) {
  auto* series = series_.find(series_uid);
  bool removed = false;
  while (auto* instance = series ? series->instances.find(sop_uid) : nullptr) {
    text_bytes_ -= instance->text.size();
    series->instances.remove(sop_uid);
    --listed_;
    removed = true;
  }
  if (!removed)
    return false;
  ++rewrites_;
  ++removals_;
  if (!series->instances.empty()) {
    if (counts_kept_)
      put_integer(series->members, "numberOfInstances", static_cast<std::int64_t>(series->instances.size()));
  } else {
    series_.remove(series_uid);
    if (series_.empty())
      members_.erase("series");
  }
  return true;
}

bool ImagingStudy::has_former_texts() {
  for (auto& [uids, text] : *former_texts_) {
    auto* series = series_.find(uids.first);
    auto* instance = series ? series->instances.find(uids.second) : nullptr;
    if (!instance || instance->text != text)
      return false;
  }
  return true;
}

bool ImagingStudy::keep_counts() {
  bool changed = false;
  if (!counts_kept_)
    for (auto& series : series_)
      if (!series.instances.empty())
        changed |= put_integer(series.members, "numberOfInstances", static_cast<std::int64_t>(series.instances.size()));
  counts_kept_ = true;
  changed |= put_integer(members_, "numberOfSeries", static_cast<std::int64_t>(series_.size()));
  changed |= put_integer(members_, "numberOfInstances", static_cast<std::int64_t>(instance_count()));
  return changed;
}

void ImagingStudy::write_series(const Series& series, std::string& out) {
  auto write_instances = [&] {
    bool first = true;
    for (auto& instance : series.instances) {
      if (!std::exchange(first, false))
        out += ',';
      out += instance.text;
    }
  };
  write_with_list(series.members, "instance", !series.instances.empty(), write_instances, out);
}

void ImagingStudy::write(std::string& out) const {
  auto write_all = [&] {
    bool first = true;
    for (auto& series : series_) {
      if (!std::exchange(first, false))
        out += ',';
      write_series(series, out);
    }
  };
  write_with_list(members_, "series", !series_.empty(), write_all, out);
}

Json ImagingStudy::to_json() const {
  std::string text;
  write(text);
  return Json::parse(text).value_or(Json());
}

std::size_t ImagingStudy::footprint() const {
  // An instance takes its text, its UID twice, a list's slot and an index's node; a document some four times its text.
  constexpr std::size_t of_instance = 320, of_series = 2000, document_factor = 4;
  return members_.to_text().size() * document_factor + series_.size() * of_series + listed_ * of_instance + text_bytes_;
}

} // namespace dicomcast::mapping
