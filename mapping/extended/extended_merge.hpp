// Extras onto what is there. Ownership: contract's paragraph under the table "Extended".
#pragma once

#include "mapping/extended/extra.hpp"
#include "mapping/json/json.hpp"

namespace dicomcast::mapping {

/// Merges one extra onto the element's parent. Returns whether anything changed. Not of the rule Names, which is the
/// Patient's.
bool merge_extra(Json& parent, const Extra& extra, bool is_update);
/// Those of one place.
bool merge_extras(Json& parent, const Extras& extras, Extra::Place place, bool is_update);

/// An acquisition modality takes the place of all that are none, and none is added beside one (PS3.16 CID 29). Returns
/// whether anything changed.
bool add_acquisition_modality(Json& study, const Json& modality);

} // namespace dicomcast::mapping
