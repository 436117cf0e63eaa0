#include <kpi/llm/chat.hpp>

namespace kpi::llm {

std::string_view to_string(Finish finish) {
  switch (finish) {
    case Finish::stop:
      return "stop";
    case Finish::length:
      return "length";
    case Finish::refusal:
      return "refusal";
    case Finish::filtered:
      return "filtered";
    case Finish::empty:
      break;
  }
  return "empty";
}

std::int64_t estimated_tokens(std::string_view text) {
  std::int64_t quarters = 0;
  for (const char c : text) quarters += static_cast<unsigned char>(c) < 0x80U ? 2 : 3;
  return (quarters + 7) / 8;
}

}  // namespace kpi::llm
