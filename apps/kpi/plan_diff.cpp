#include "plan_diff.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::app {
namespace {

/// Lines of a text from a database or a model, safe to print.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  if (text.empty()) return lines;
  for (const auto& line : split(text, '\n')) lines.push_back(replace_all(printable(line), "\t", "  "));
  return lines;
}

std::string heading(const model::Kpi& kpi, const Console& console) {
  const auto& r = *kpi.registration;
  const bool is_new = !r.card_id;
  return console.tinted(
      is_new ? Tint::green : Tint::yellow,
      fmt::format("{} {} {}/{}{}", is_new ? "+" : "~", r.reason.value_or("change"), single_line(r.collection),
                  single_line(kpi.name), is_new ? "" : fmt::format(" (card {})", *r.card_id)));
}

void add_diff(std::vector<std::string>& lines, const model::CardChange& change, const Console& console) {
  lines.push_back("    " + change.field + ":");
  for (const auto& line : line_diff(change.before, change.after)) {
    const auto tint = line[0] == '+' ? Tint::green : line[0] == '-' ? Tint::red : Tint::none;
    lines.push_back("      " + console.tinted(tint, line));
  }
}

}  // namespace

std::vector<std::string> line_diff(const std::string& before, const std::string& after) {
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(after);
  const auto rows = old_lines.size(), columns = new_lines.size();
  // common[i][j]: the longest common subsequence of what follows line i of the one and line j of the other.
  std::vector<std::vector<std::size_t>> common(rows + 1, std::vector<std::size_t>(columns + 1, 0));
  for (auto i = rows; i-- > 0;) {
    for (auto j = columns; j-- > 0;) {
      common[i][j] = old_lines[i] == new_lines[j] ? common[i + 1][j + 1] + 1
                                                  : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  std::vector<std::string> lines;
  std::size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && old_lines[i] == new_lines[j]) {
      lines.push_back(" " + old_lines[i]);
      ++i, ++j;
    } else if (i < rows && (j == columns || common[i + 1][j] >= common[i][j + 1])) {
      lines.push_back("-" + old_lines[i++]);
    } else {
      lines.push_back("+" + new_lines[j++]);
    }
  }
  return lines;
}

std::vector<std::string> plan_diff(const model::RegistrationReport& report, const Console& console) {
  std::vector<std::string> lines;
  std::size_t created = 0, updated = 0;
  for (const auto& kpi : report.kpis) {
    if (!kpi.registration || kpi.registration->status != model::CardStatus::planned) continue;
    lines.push_back(heading(kpi, console));
    ++(kpi.registration->card_id ? updated : created);
    for (const auto& change : kpi.registration->changes) {
      // A new card's name stands in the heading.
      if (kpi.registration->card_id || change.field != "name") add_diff(lines, change, console);
    }
  }
  for (const auto& card : report.archived) {
    lines.push_back(console.tinted(
        Tint::red, fmt::format("- archive {} (card {})", single_line(card.name), card.card_id)));
  }
  std::size_t boards = 0;
  for (const auto& board : report.dashboards) {
    if (board.status != model::CardStatus::planned) continue;
    ++boards;
    lines.push_back(console.tinted(
        Tint::green, fmt::format("{} {} dashboard {}", board.dashboard_id ? "~" : "+",
                                 board.reason.value_or("change"), single_line(board.collection))));
  }
  lines.push_back(fmt::format("plan: {} to create, {} to update, {} to archive{}", created, updated,
                              report.archived.size(),
                              boards == 0 ? "" : fmt::format(", {} dashboards to write", boards)));
  return lines;
}

}  // namespace kpi::app
