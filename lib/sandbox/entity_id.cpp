#include <kpi/sandbox/entity_id.hpp>

namespace kpi::sandbox {

std::string new_entity_id(Clock& clock) {
  static constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  std::string id;
  while (id.size() < 21) {
    auto bits = clock.random();
    for (int i = 0; i < 10 && id.size() < 21; ++i, bits >>= 6U) id += letters[bits & 63U];
  }
  return id;
}

std::string now_text(Clock& clock) { return iso_time(clock.now()); }

}  // namespace kpi::sandbox
