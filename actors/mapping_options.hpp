// What the mapping is told of the configuration.
#pragma once

#include "conf/config.hpp"
#include "mapping/options.hpp"

namespace dicomcast::actors {

/// Endpoint.address is that of the profile: in R4 what `/studies` can be appended to, with version and data partition;
/// in Original the normalised root.
mapping::Options mapping_options(const conf::Config& config);

} // namespace dicomcast::actors
