// Failures: their names, and their words.
#include "actors/resources/failure.hpp"

namespace dicomcast::actors {

namespace {

const char* name_of(Obstacle obstacle) {
  switch (obstacle) {
  case Obstacle::SeveralMatches:
    return "FhirSeveralMatches";
  case Obstacle::OthersMatch:
    return "FhirOthersMatch";
  case Obstacle::WrongEndpoint:
    return "FhirWrongEndpoint";
  case Obstacle::PatientMissing:
    return "FhirPatientMissing";
  }
  return "FhirError"; // a value outside the enum
}

} // namespace

Failure failure_of(const io::Error& error) {
  return {io::name_of(error.code), io::to_string(error)};
}

Failure failure_of(Obstacle obstacle, std::string operation, std::string cause, std::string hint) {
  io::Error words;
  words.operation = std::move(operation);
  words.cause = std::move(cause);
  words.hint = std::move(hint);
  return {name_of(obstacle), io::to_string(words)};
}

} // namespace dicomcast::actors
