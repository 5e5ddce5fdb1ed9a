// Why the entries that need a resource cannot be stored: what a row of FhirFailToStoreExceptionTable says.
#pragma once

#include "io/error.hpp"

#include <string>

namespace dicomcast::actors {

/// What the data in the FHIR service make impossible. What the service or the connection does is an io::ErrorCode.
enum class Obstacle {
  SeveralMatches, ///< a search found more than one resource that is ours
  OthersMatch,    ///< a search found only resources that match loosely
  WrongEndpoint,  ///< an Endpoint of our name with another address
  PatientMissing, ///< Patient:Policy LinkOnly and no such Patient
};

struct Failure {
  std::string exception; ///< the row's, such as `FhirSeveralMatches`
  std::string message;   ///< operation, cause, hint; may hold a patient's data, so not for the log
};

Failure failure_of(const io::Error& error);
Failure failure_of(Obstacle obstacle, std::string operation, std::string cause, std::string hint = {});

} // namespace dicomcast::actors
