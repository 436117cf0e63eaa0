#include "lint.hpp"
#include "walk.hpp"

#include <fmt/format.h>

namespace kpi::sql {
namespace {

void say(const LintInput& input, std::string_view name, const Node& node) {
  input.say("lint.personal_column", fmt::format("{} is personal: count it, or leave it out", name), node);
  if (input.policy.allow_personal_columns) input.findings.back().severity = model::Severity::warning;
}

// The outermost query and the arms of its UNIONs: what they give is what is shown.
void shown_queries(const Query& query, std::vector<const Query*>& all) {
  all.push_back(&query);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const Query* arm : all[i]->arms) all.push_back(arm);
  }
}

void personal_columns(const LintInput& input) {
  if (input.binding.queries.empty()) return;
  std::vector<const Query*> shown;
  shown_queries(input.binding.queries.front(), shown);
  for (const Query* query : shown) {
    for (const Column& column : query->output) {
      if (!column.personal || !query->arms.empty()) continue;
      say(input, column.name.empty() ? std::string_view("an output column") : column.name,
          column.made_by != nullptr ? *column.made_by : *query->select);
    }
    for (const Node& key : Members(query->select->at(Key::groupClause))) {
      if (const Column* column = input.binding.use(key).column;
          key.tag == Tag::ColumnRef && column != nullptr && column->personal) {
        say(input, column->name, key);
      }
    }
  }
}

}  // namespace

std::vector<Lint> personal_lints() { return {personal_columns}; }

}  // namespace kpi::sql
