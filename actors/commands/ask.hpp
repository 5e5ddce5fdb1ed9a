// One request, and wait for its answer: for commands that have nothing else to do.
#pragma once

#include "io/service.hpp"

#include <stop_token>
#include <string>

namespace dicomcast::actors {

/// A GET of `path` below the service's root. Blocks, at most about the service's timeout for each of up to two requests
/// and a token; a stop ends the wait, with an error. Not on the HTTP client's thread.
io::ServiceResult ask(io::Service& service, std::string path, std::stop_token stop = {});

} // namespace dicomcast::actors
