namespace dicomcast::actors {}
