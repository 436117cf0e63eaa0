#include <kpi/base/text.hpp>
#include <kpi/render/terminal.hpp>
#include <kpi/render/text_width.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::render {
namespace {

constexpr std::size_t gap = 2;
/// The least that says something of a name, and of what matters less.
constexpr std::size_t least_name = 24, least_text = 16;

std::string painted(std::string text, std::string_view code, Paint paint) {
  if (paint == Paint::no || code.empty() || text.empty()) return text;
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

std::string_view code_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "32";
    case Tone::fair:
      return "33";
    case Tone::bad:
      return "31";
    case Tone::muted:
      return "2";
    case Tone::none:
      break;
  }
  return "";
}

/// A column as it is laid out.
struct Lane {
  std::size_t column;
  std::size_t natural;  ///< what its widest cell takes
  std::size_t least;    ///< what it can be cut to: a number or a status not at all
  std::size_t width;
};

class Layout {
public:
  Layout(const Listing& listing, const TerminalStyle& style) : listing_(listing), style_(style) {
    cells_.reserve(listing.rows.size());
    for (const auto& row : listing.rows) {
      auto& cells = cells_.emplace_back();
      for (const auto& cell : row.cells) cells.push_back(single_line(cell));
      cells.resize(listing.columns.size());
    }
    measure();
    leave_out();
    share();
  }

  [[nodiscard]] std::string text() const {
    std::string text = line([&](const Lane& lane) { return listing_.columns[lane.column].label; },
                            [](const Lane&, const std::string&) { return "1"; });
    for (const auto& cells : cells_) {
      text += line([&](const Lane& lane) { return cells[lane.column]; },
                   [&](const Lane& lane, const std::string& cell) {
                     return listing_.columns[lane.column].kind == ColumnKind::status ? code_of(tone_of(cell))
                                                                                     : "";
                   });
    }
    if (!left_out_.empty()) {
      const auto note = "(too narrow for: " + join(left_out_, ", ") + ")";
      text += painted(std::string(trim(fitted(note, style_.width))), "2", style_.paint) + "\n";
    }
    return text;
  }

private:
  void measure() {
    for (std::size_t i = 0; i < listing_.columns.size(); ++i) {
      const auto& column = listing_.columns[i];
      std::size_t natural = 0;
      for (const auto& cells : cells_) natural = std::max(natural, display_width(cells[i]));
      if (natural == 0) continue;  // a column without a word in it
      natural = std::max(natural, display_width(column.label));
      const auto least = column.kind != ColumnKind::text ? natural
                         : column.priority == 0          ? std::min(natural, least_name)
                                                         : std::min(natural, least_text);
      lanes_.push_back({i, natural, least, least});
    }
  }

  [[nodiscard]] std::size_t taken() const {
    std::size_t sum = lanes_.empty() ? 0 : gap * (lanes_.size() - 1);
    for (const auto& lane : lanes_) sum += lane.width;
    return sum;
  }

  void leave_out() {
    while (taken() > style_.width) {
      const auto least = std::max_element(lanes_.begin(), lanes_.end(), [&](const Lane& a, const Lane& b) {
        return listing_.columns[a.column].priority < listing_.columns[b.column].priority;
      });
      if (least == lanes_.end() || listing_.columns[least->column].priority == 0) return;
      left_out_.push_back(listing_.columns[least->column].label);
      lanes_.erase(least);
    }
  }

  /// Gives out what room is left, a little at a time to those that want more, names the most; or, where not
  /// even the least fits, takes from the widest.
  void share() {
    while (taken() < style_.width) {
      bool given = false;
      for (auto& lane : lanes_) {
        const std::size_t share = listing_.columns[lane.column].priority == 0 ? 3 : 1;
        const auto more = std::min({share, lane.natural - lane.width, style_.width - taken()});
        if (more == 0) continue;
        lane.width += more;
        given = true;
      }
      if (!given) return;
    }
    while (taken() > style_.width) {
      const auto widest = std::max_element(lanes_.begin(), lanes_.end(),
                                           [](const Lane& a, const Lane& b) { return a.width < b.width; });
      if (widest == lanes_.end() || widest->width <= 1) return;
      --widest->width;
    }
  }

  template <class Cell, class Code>
  [[nodiscard]] std::string line(const Cell& cell, const Code& code) const {
    std::string text;
    std::size_t used = 0;
    for (const auto& lane : lanes_) {
      const std::size_t before = &lane == &lanes_.front() ? 0 : gap;
      if (used + before + lane.width > style_.width) break;
      const bool number = listing_.columns[lane.column].kind == ColumnKind::number;
      auto shown = fitted(cell(lane), lane.width, number ? Align::right : Align::left);
      if (&lane == &lanes_.back() && !number) shown.erase(shown.find_last_not_of(' ') + 1);
      text.append(before, ' ');
      text += painted(std::move(shown), code(lane, cell(lane)), style_.paint);
      used += before + lane.width;
    }
    if (style_.paint == Paint::no) text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  }

  const Listing& listing_;
  TerminalStyle style_;
  std::vector<std::vector<std::string>> cells_;
  std::vector<Lane> lanes_;
  std::vector<std::string> left_out_;
};

}  // namespace

std::string terminal_table(const Listing& listing, const TerminalStyle& style) {
  return listing.rows.empty() ? "" : Layout(listing, style).text();
}

std::string terminal_text(const std::vector<Listing>& listings, const std::vector<std::string>& summary_lines,
                          const TerminalStyle& style) {
  std::string text;
  for (const auto& listing : listings) {
    const auto table = terminal_table(listing, style);
    if (table.empty()) continue;
    // What the report is about needs no title.
    if (&listing != &listings.front()) text += painted(listing.title, "1", style.paint) + "\n";
    text += table + "\n";
  }
  bool first = true;
  for (const auto& line : summary_lines) {
    const auto shown = first ? line : "  " + line;
    // Prose may wrap: a message cut short helps nobody.
    text += painted(shown, first ? "1" : "", style.paint) + "\n";
    first = false;
  }
  return text;
}

}  // namespace kpi::render
