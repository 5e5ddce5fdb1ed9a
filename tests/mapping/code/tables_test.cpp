// The tables of codes: PS3.16 annex O and table L-1.
#include "mapping/code/body_parts.hpp"
#include "mapping/code/snomed.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace dicomcast::mapping;

TEST_CASE("every SNOMED RT code of annex O is found with its pair, and no other code is") {
  struct Pair {
    const char* snomed_rt;
    std::uint32_t snomed_ct;
  };
  constexpr Pair pairs[] = {
#include "mapping/code/annex_o.inc"
  };
  CHECK(std::size(pairs) == 7532);
  std::string wrong;
  for (auto& [snomed_rt, snomed_ct] : pairs)
    if (snomed_ct_of(snomed_rt) != std::to_string(snomed_ct))
      wrong.append(snomed_rt).append(" ");
  CHECK(wrong.empty());
  CHECK(snomed_ct_of("T-D3000") == "51185008");
  CHECK(snomed_ct_of("G-C171") == "272741003");
  for (auto other : {"", "T-D300", "T-D30000", "t-d3000", "51185008", "ZZ-99999"})
    CHECK_FALSE(snomed_ct_of(other));
}

TEST_CASE("terms of Body Part Examined are found letter by letter") {
  REQUIRE(body_part_of("CSPINE"));
  CHECK(body_part_of("CSPINE")->code == "122494005");
  CHECK(body_part_of("CSPINE")->meaning == "Cervical spine");
  CHECK(body_part_of("ABDOMEN")->code == "818981001");
  CHECK(body_part_of("ZYGOMA")->system == "http://snomed.info/sct");
  for (auto other : {"", "SPINE C", "cspine", "CSPIN", "CSPINEX"})
    CHECK_FALSE(body_part_of(other));
}
