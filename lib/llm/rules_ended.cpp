#include <kpi/base/words.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_ended.hpp>

namespace kpi::llm {
namespace {

std::string in_list(const Facts& facts, const Dimension& dimension, const std::vector<Meaning>& wanted) {
  std::string list;
  for (const auto& meaning : wanted) {
    if (!list.empty()) list += ", ";
    list += meaning.number ? meaning.value : DialectWriter::literal(meaning.value);
  }
  const auto column = facts.column(*dimension.field);
  return wanted.size() == 1 ? column + " = " + list : column + " IN (" + list + ")";
}

}  // namespace

std::optional<Ended> ended(const Facts& facts, const Dimension& dimension, Outcome outcome) {
  // A log holds every state that a thing went through: the share of one of them is no rate of anything.
  if (facts.role == model::Role::event_log || facts.summary) return std::nullopt;
  // A reason or a type may be called "cancelled" and yet say nothing of how the row itself ended.
  if (!is_state_name(*dimension.field)) return std::nullopt;
  const auto found = ending(dimension.meanings, outcome);
  if (found.meanings.empty()) return std::nullopt;
  Ended rows;
  for (const auto& meaning : found.meanings) rows.labels.push_back(meaning.label);
  const auto words = identifier_words(rows.labels.front());
  constexpr std::size_t most_words = 2;  // "rejected by the tax office" is the rejected ones
  rows.label = title_of(words.size() <= most_words ? words : std::vector<std::string>{found.word});
  rows.word = found.word;
  rows.condition = in_list(facts, dimension, found.meanings);
  return rows;
}

}  // namespace kpi::llm
