#include <kpi/base/text.hpp>
#include <kpi/render/progress_line.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace kpi::render {
namespace {

struct Parts {
  std::string count, percent, rate, left, failed;
};

Parts parts_of(const ProgressState& state) {
  Parts parts;
  parts.count = fmt::format("{} of {} {}", state.done, state.total, state.items);
  if (state.total > 0) parts.percent = fmt::format("{}%", state.done * 100 / state.total);
  if (state.done > 0 && state.elapsed.count() > 0) {
    const double seconds = std::chrono::duration<double>(state.elapsed).count();
    const double rate = static_cast<double>(state.done) / seconds;
    parts.rate = rate >= 10    ? fmt::format("{:.0f}/s", rate)
                 : rate >= 0.1 ? fmt::format("{:.1f}/s", rate)
                               : fmt::format("{:.1f}/min", rate * 60);
    if (state.done < state.total) {
      const auto left = std::chrono::duration<double>(static_cast<double>(state.total - state.done) / rate);
      // Whole seconds: an estimate has no tenths.
      parts.left = duration_text(std::chrono::ceil<std::chrono::seconds>(left)) + " left";
    }
  }
  if (state.failed > 0) parts.failed = fmt::format("{} failed", state.failed);
  return parts;
}

std::string joined(std::initializer_list<const std::string*> parts) {
  std::string text;
  for (const auto* part : parts) {
    if (part->empty()) continue;
    if (!text.empty()) text += ", ";
    text += *part;
  }
  return text;
}

}  // namespace

std::string duration_text(std::chrono::milliseconds span) {
  using namespace std::chrono;
  const auto whole = duration_cast<seconds>(span).count();
  if (span < seconds(10) && span % seconds(1) != milliseconds(0)) {
    return fmt::format("{:.1f} s", duration<double>(span).count());
  }
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) {
    return whole % 60 == 0 ? fmt::format("{} min", whole / 60)
                           : fmt::format("{} min {} s", whole / 60, whole % 60);
  }
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string progress_line(const ProgressState& state) {
  const auto p = parts_of(state);
  return state.stage + ": " + joined({&p.count, &p.percent, &p.rate, &p.left, &p.failed});
}

std::string progress_bar(const ProgressState& state, std::size_t width) {
  auto p = parts_of(state);
  const std::size_t room = width > 1 ? width - 1 : 0;  // a full last column makes some terminals wrap
  const auto text = [&] {
    return state.stage + " " + joined({&p.count, &p.percent, &p.rate, &p.left, &p.failed});
  };
  for (auto* part : {&p.rate, &p.percent, &p.left}) {
    if (text().size() <= room) break;
    part->clear();
  }
  std::string line = text();
  if (line.size() > room) return line.substr(0, room);

  constexpr std::size_t frame = 3, shortest = 8, longest = 30;  // "[" "] "
  const std::size_t spare = room - line.size();
  if (spare < frame + shortest || state.total == 0) return line;
  const std::size_t cells = std::min(spare - frame, longest);
  const std::size_t full = cells * std::min(state.done, state.total) / state.total;
  return "[" + std::string(full, '#') + std::string(cells - full, '.') + "] " + line;
}

}  // namespace kpi::render
