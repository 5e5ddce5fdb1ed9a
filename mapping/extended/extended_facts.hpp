// What a dataset says beyond profile R4, by the groups of `Mapping:Include`.
#pragma once

#include "mapping/extended/extended_reader.hpp"

#include <string>
#include <vector>

namespace dicomcast::mapping {

struct ExtendedFacts {
  Extras patient, study;        ///< of the Patient; of the study, its series and its instance
  std::string accession_system; ///< of the study's accession number; empty: none
};

/// `dataset` holds what pick_extended left. A broken value is left out and adds a message to `invalid_tags`.
ExtendedFacts extended_facts(const Json& dataset, const Options& options, const KnownFacts& known,
                             std::vector<std::string>& invalid_tags);

} // namespace dicomcast::mapping
