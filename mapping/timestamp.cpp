// Date, time and zone of DICOM as a FHIR dateTime.
#include "mapping/timestamp.hpp"

namespace dicomcast::mapping {

std::string fhir_date(std::string_view date) {
  std::string out;
  return out.append(date.substr(0, 4)).append("-").append(date.substr(4, 2)).append("-").append(date.substr(6, 2));
}

std::string fhir_zone(std::string_view zone) {
  std::string out;
  return out.append(zone.substr(0, 3)).append(":").append(zone.substr(3, 2));
}

std::string fhir_date_time(std::string_view date, std::string_view time, std::string_view zone) {
  auto out = fhir_date(date);
  auto part = [&](char before, std::size_t at) {
    out += before;
    out += at < time.size() ? time.substr(at, 2) : "00";
  };
  part('T', 0);
  part(':', 2);
  part(':', 4);
  if (time.size() > 6) {
    auto fraction = time.substr(6); // with its point
    auto last = fraction.find_last_not_of('0');
    if (last > 0)
      out += fraction.substr(0, last + 1);
  }
  return out += zone;
}

} // namespace dicomcast::mapping
