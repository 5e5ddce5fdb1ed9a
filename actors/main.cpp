#include "mapping/json.hpp"
int main() { return 0; }
