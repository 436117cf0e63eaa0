#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_draft.hpp>

#include <algorithm>
#include <cstddef>
#include <set>

namespace kpi::llm {
namespace {

constexpr std::size_t least_joins = 3;

bool asks_for(const Idea& idea, std::string_view text) { return idea.sql.find(text) != std::string::npos; }

/// True if the statement has the condition that leaves out rows by `field`, under any of the rules' aliases.
bool leaves_out_by(const Idea& idea, const TableTask& task, const model::Table& table,
                   const model::Field& field) {
  model::Table only;
  only.name = table.name;
  only.fields = {field};
  for (const std::string_view alias : {"", "t", "p", "c", "f", "m"}) {
    const auto conditions = rows_kept(task, only, alias);
    if (!conditions.empty() && asks_for(idea, conditions.front())) return true;
  }
  return false;
}

/// What a reader has to know of the rows that are counted, of every table that the idea reads.
std::string note_of_rows(const Idea& idea, const Facts& facts) {
  const auto& task = *facts.task;
  bool test = false;
  bool deleted = false;
  std::string taken_in;
  auto tables = idea.joined;
  tables.insert(tables.begin(), facts.table);
  tables.insert(tables.end(), idea.left_out.begin(), idea.left_out.end());
  for (const auto* table : tables) {
    for (const auto& field : table->fields) {
      if (!field.path.empty()) continue;
      const bool of_test = matches(task.domain.test_row_columns, field);
      const bool of_deleted = !of_test && matches(task.domain.deleted_row_columns, field);
      if ((of_test || of_deleted) && leaves_out_by(idea, task, *table, field))
        (of_test ? test : deleted) = true;
      // Not deleted, and yet not what it was: a reader may take it for gone.
      const bool removal = !of_deleted && model::is_temporal(field) && has_word(words_of(field), {"removed"});
      if (removal && !asks_for(idea, field.name))
        taken_in = " Rows whose " + field.name + " is set are counted, too.";
    }
  }
  const std::string left_out = test && deleted ? " Test rows and deleted rows are left out."
                               : test          ? " Test rows are left out."
                               : deleted       ? " Deleted rows are left out."
                                               : "";
  return left_out + taken_in;
}

}  // namespace

void Ideas::add(Idea idea) {
  idea.description += note_of_rows(idea, facts_);
  const Facts& timed = idea.timed == nullptr ? facts_ : *idea.timed;
  if (timed.time != nullptr && !timed.anchor.today && asks_for(idea, "MAX(" + timed.anchor.time + ")") &&
      asks_for(idea, timed.anchor.from + ")")) {
    idea.description += " Windows end at the latest " + timed.time->name + " in the data.";
  }
  idea.timed = nullptr;  // it need not live as long as the idea
  ideas_.push_back(std::move(idea));
}

std::vector<model::Kpi> Ideas::best(std::size_t most, std::size_t least,
                                    const std::set<std::string>& elsewhere) const {
  std::vector<const Idea*> sorted;
  for (const auto& idea : ideas_) sorted.push_back(&idea);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Idea* a, const Idea* b) { return a->rank > b->rank; });
  std::set<std::string> names;
  std::set<std::string> statements;
  sorted.erase(std::remove_if(sorted.begin(), sorted.end(),
                              [&](const Idea* idea) {
                                return !names.insert(name_key(idea->name)).second ||
                                       !statements.insert(idea->sql).second;
                              }),
               sorted.end());

  const auto ours_alone = std::stable_partition(sorted.begin(), sorted.end(), [&](const Idea* idea) {
    return !elsewhere.contains(name_key(idea->name));
  });
  const auto worth = std::max(static_cast<std::size_t>(ours_alone - sorted.begin()), least);
  const auto count = std::min({most, sorted.size(), worth});
  std::vector<const Idea*> kept(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count));
  const auto joins = [](const Idea* idea) { return !idea->joined.empty(); };
  auto have = static_cast<std::size_t>(std::count_if(kept.begin(), kept.end(), joins));
  for (auto next = sorted.begin() + static_cast<std::ptrdiff_t>(kept.size());
       next != sorted.end() && have < least_joins; ++next) {
    if (!joins(*next)) continue;
    const auto out = std::find_if_not(kept.rbegin(), kept.rend(), joins);
    if (out == kept.rend()) break;
    kept.erase(std::next(out).base());
    kept.push_back(*next);
    ++have;
  }

  std::vector<model::Kpi> kpis;
  for (const auto* idea : kept) {
    model::Kpi kpi;
    kpi.name = idea->name;
    kpi.description = idea->description;
    kpi.business_value = idea->value;
    kpi.database_id = facts_.task->database.id;
    kpi.tables.push_back(facts_.table->qualified_name());
    const auto reads = [&](const model::Table* other) {
      const auto name = other->qualified_name();
      if (std::find(kpi.tables.begin(), kpi.tables.end(), name) == kpi.tables.end())
        kpi.tables.push_back(name);
    };
    for (const auto* other : idea->joined) reads(other);
    for (const auto* other : idea->left_out) reads(other);
    kpi.sql = idea->sql;
    kpi.dialect = facts_.sql.dialect();
    kpi.result = {idea->shape, idea->unit, idea->display};
    kpi.source.provider = "rules";
    kpis.push_back(std::move(kpi));
  }
  return kpis;
}

std::string Metric::expression(const Facts& facts, std::string_view table_alias) const {
  return amount == nullptr ? "COUNT(*)" : facts.sum_of(*amount, table_alias);
}

std::string total_alias(const std::string& title) {
  return alias_of(title.starts_with("Total ") ? title : "total " + title);
}

Metric row_count(const Facts& facts) { return {facts.many, facts.rows, model::Unit::count, nullptr}; }

Metric sum_metric(const Amount& amount) {
  return {amount.title, alias_of(amount.title), amount.unit, &amount};
}

std::string unit_note(const Amount& amount) {
  if (amount.scale == 1) return "";
  if (amount.unit == model::Unit::duration) return " Stored in milliseconds and divided by 60,000.";
  return amount.unit == model::Unit::percent ? " Stored in basis points and divided by 100."
                                             : " Stored in minor units and divided by 100.";
}

}  // namespace kpi::llm
