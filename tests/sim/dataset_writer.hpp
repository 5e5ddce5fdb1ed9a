// Writes a DICOM JSON dataset (PS3.18 annex F) member by member, in the order given.
#pragma once

#include "mapping/json/json.hpp"

#include <string>
#include <string_view>

namespace dicomcast::sim {

class DatasetWriter {
public:
  explicit DatasetWriter(std::string& out) : out_(out) { out_ += '{'; }
  /// Ends the dataset.
  void end() { out_ += '}'; }

  /// One text value.
  void text(std::string_view tag, std::string_view vr, std::string_view value) {
    begin(tag, vr);
    out_ += ",\"Value\":[";
    mapping::Json::write_string(value, out_);
    out_ += "]}";
  }
  /// `values`: the inside of the array, as JSON.
  void raw(std::string_view tag, std::string_view vr, std::string_view values) {
    begin(tag, vr);
    out_.append(",\"Value\":[").append(values).append("]}");
  }
  /// No value.
  void empty(std::string_view tag, std::string_view vr) {
    begin(tag, vr);
    out_ += '}';
  }
  /// Members as JSON text, without braces.
  void members(std::string_view text) {
    comma();
    out_ += text;
  }
  /// Begins a sequence; its items are appended to `text()` by the caller, then `end_sequence`.
  void begin_sequence(std::string_view tag) {
    begin(tag, "SQ");
    out_ += ",\"Value\":[";
  }
  void end_sequence() { out_ += "]}"; }
  std::string& out() { return out_; }

private:
  void comma() {
    if (out_.back() != '{')
      out_ += ',';
  }
  void begin(std::string_view tag, std::string_view vr) {
    comma();
    out_.append("\"").append(tag).append("\":{\"vr\":\"").append(vr).append("\"");
  }
  std::string& out_;
};

} // namespace dicomcast::sim
