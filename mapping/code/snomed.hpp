// SNOMED RT codes, which DICOM used until 2020, as SNOMED CT codes. Source: DICOM PS3.16 annex O.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dicomcast::mapping {

/// The SNOMED CT code that annex O pairs with a SNOMED RT code such as `T-D3000`, letter by letter. None: no pair.
std::optional<std::string> snomed_ct_of(std::string_view snomed_rt);

} // namespace dicomcast::mapping
