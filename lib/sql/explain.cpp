#include "explain.hpp"

#include "outline.hpp"
#include "quote.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace kpi::sql {
namespace {

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto at = object.find(name);
  return at == object.end() ? nullptr : &*at;
}

double number(const Json& object, const char* name) {
  const auto* value = member(object, name);
  return value != nullptr && value->is_number() ? value->get<double>() : 0;
}

void raise(std::optional<double>& most, double value) { most = std::max(most.value_or(0), value); }

/// Walks a PostgreSQL plan: a work list, as a plan may be deep.
Plan read_postgres_tree(const Json& root) {
  Plan plan;
  plan.estimate.cost = number(root, "Total Cost");
  std::vector<const Json*> open{&root};
  while (!open.empty()) {
    const auto* node = open.back();
    open.pop_back();
    const double rows = number(*node, "Plan Rows");
    raise(plan.estimate.rows, rows);
    const auto* type = member(*node, "Node Type");
    if (type != nullptr && type->is_string()) {
      const auto& name = type->get_ref<const std::string&>();
      if (name == "Nested Loop" || name == "Hash Join" || name == "Merge Join") raise(plan.joined_rows, rows);
    }
    if (const auto* parts = member(*node, "Plans"); parts != nullptr && parts->is_array()) {
      for (const auto& part : *parts) open.push_back(&part);
    }
  }
  return plan;
}

std::optional<Plan> read_postgres_plan(const std::vector<std::vector<Json>>& rows) {
  if (rows.empty() || rows.front().empty()) return std::nullopt;
  // One cell with the document, as text or as JSON; some drivers give a line a row.
  Json document = rows.front().front();
  if (document.is_string()) {
    std::string text;
    for (const auto& row : rows) {
      if (!row.empty() && row.front().is_string()) text += row.front().get_ref<const std::string&>() + "\n";
    }
    auto parsed = parse_json(text, "plan");
    if (!parsed) return std::nullopt;
    document = std::move(*parsed);
  }
  if (document.is_array() && !document.empty()) document = Json(document.front());
  const auto* root = member(document, "Plan");
  return root == nullptr ? std::nullopt : std::optional(read_postgres_tree(*root));
}

/// Rows of the table that a step of SQLite's plan scans in full, by the name it has in the statement.
std::optional<double> scanned_rows(const std::string& detail, const Outline& outline,
                                   const model::Database* schema) {
  constexpr std::string_view scan = "SCAN ";
  if (!detail.starts_with(scan)) return std::nullopt;
  auto name = detail.substr(scan.size());
  if (name.starts_with("TABLE ")) name = name.substr(6);
  name = name.substr(0, name.find(' '));
  const model::Table* table = nullptr;
  for (const auto& item : outline.tables) {
    if (lower(item.name) == lower(name)) table = item.table;
  }
  if (table == nullptr && schema != nullptr) table = schema->table(name);
  if (table == nullptr || !table->row_count) return std::nullopt;
  return static_cast<double>(std::max<std::int64_t>(*table->row_count, 1));
}

std::optional<Plan> read_sqlite_plan(const std::vector<std::vector<Json>>& rows, const Outline& outline,
                                     const model::Database* schema) {
  if (rows.empty()) return std::nullopt;
  // Steps with one parent are the nested loops of one SELECT, the outer first.
  std::map<std::string, double> by_parent;
  Plan plan;
  for (const auto& row : rows) {
    if (row.size() < 4 || !row[3].is_string()) return std::nullopt;
    const auto scanned = scanned_rows(row[3].get_ref<const std::string&>(), outline, schema);
    if (!scanned) continue;
    auto& product = by_parent.try_emplace(dump_json(row[1]), 1.0).first->second;
    product *= *scanned;
    raise(plan.estimate.rows, product);
  }
  return plan;
}

bool is_aggregate_of_values(std::string_view text, const Token& token) {
  return is_word(text, token, "sum") || is_word(text, token, "avg");
}

/// The table of `outline` that the column written at `at` (moved past it) belongs to, if that is plain.
const OutlineTable* owner(std::string_view text, const Outline& outline, std::size_t at) {
  const auto name = name_in(text, outline.tokens[at]);
  const bool qualified = at > 0 && is_mark(text, outline.tokens[at - 1], ".");
  if (qualified) {
    const auto of = lower(name_in(text, outline.tokens[at - 2]));
    for (const auto& item : outline.tables) {
      if (lower(item.name) == of) return &item;
    }
    return nullptr;
  }
  const OutlineTable* only = nullptr;
  for (const auto& item : outline.tables) {
    if (item.table == nullptr || item.table->field(name) == nullptr) continue;
    if (only != nullptr) return nullptr;
    only = &item;
  }
  return only;
}

/// The table whose columns are summed or averaged in the outermost SELECT, where it is one and has a key.
const OutlineTable* measured(std::string_view text, const Outline& outline) {
  const auto& tokens = outline.tokens;
  for (auto at = outline.select; at + 1 < std::min(outline.from, tokens.size()); ++at) {
    if (!is_aggregate_of_values(text, tokens[at]) || !is_mark(text, tokens[at + 1], "(")) continue;
    const auto end = closing(outline, text, at + 1);
    const OutlineTable* of = nullptr;
    bool plain = at + 2 < tokens.size() && !is_word(text, tokens[at + 2], "distinct");
    for (auto inner = at + 2; inner < end && plain; ++inner) {
      const bool names = tokens[inner].kind == TokenKind::word || tokens[inner].kind == TokenKind::quoted;
      const bool qualifies = inner + 1 < end && is_mark(text, tokens[inner + 1], ".");
      if (!names || qualifies) continue;
      const auto* item = owner(text, outline, inner);
      if (item == nullptr) continue;  // a keyword, a function, or not ours to tell
      plain = of == nullptr || of == item;
      of = item;
    }
    if (plain && of != nullptr && of->table != nullptr && of->table->primary_key.size() == 1) return of;
  }
  return nullptr;
}

bool has_any_word(std::string_view text, const Outline& outline,
                  std::initializer_list<std::string_view> words) {
  return std::any_of(outline.tokens.begin(), outline.tokens.end(), [&](const Token& token) {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return is_word(text, token, word); });
  });
}

}  // namespace

std::optional<std::string> explain_statement(std::string_view statement, const Analysis& analysis,
                                             model::Dialect dialect) {
  if (!analysis.may_run() || analysis.has_error()) return std::nullopt;
  if (dialect == model::Dialect::postgres) return "EXPLAIN (FORMAT JSON) " + std::string(statement);
  if (dialect == model::Dialect::sqlite) return "EXPLAIN QUERY PLAN " + std::string(statement);
  return std::nullopt;
}

std::optional<Plan> read_plan(const std::vector<std::vector<Json>>& rows, std::string_view statement,
                              model::Dialect dialect, const model::Database* schema) {
  if (dialect == model::Dialect::postgres) return read_postgres_plan(rows);
  if (dialect == model::Dialect::sqlite)
    return read_sqlite_plan(rows, outline_of(statement, dialect, schema), schema);
  return std::nullopt;
}

bool wants_plan(std::string_view statement, model::Dialect dialect, const model::Database* schema,
                double large) {
  const auto outline = outline_of(statement, dialect, schema);
  if (has_any_word(statement, outline, {"join"}) || outline.joins > 0) return true;
  if (schema == nullptr) return false;
  for (const auto& token : outline.tokens) {
    if (token.kind != TokenKind::word && token.kind != TokenKind::quoted) continue;
    const auto* table = schema->table(name_in(statement, token));
    if (table != nullptr && table->row_count && static_cast<double>(*table->row_count) >= large) return true;
  }
  return false;
}

std::optional<JoinProbe> join_probe(std::string_view statement, model::Dialect dialect,
                                    const model::Database& schema) {
  const auto outline = outline_of(statement, dialect, &schema);
  if (outline.united || outline.joins == 0 || outline.from >= outline.tokens.size()) return std::nullopt;
  // A table's own rows have to stand in the FROM, once each where nothing repeats them.
  if (has_any_word(statement, outline, {"with", "lateral"})) return std::nullopt;
  const auto* item = measured(statement, outline);
  if (item == nullptr) return std::nullopt;
  const auto begin = outline.tokens[outline.from].begin;
  const auto end = outline.body_end < outline.tokens.size() ? outline.tokens[outline.body_end].begin
                                                            : outline.tokens.back().end;
  const auto key = quote(item->name, '"') + "." + quote(item->table->primary_key.front(), '"');
  // An unquoted alias is lower case in PostgreSQL, whatever it is written like.
  const auto& name = item->name;
  const bool bare = std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
  const auto column = bare ? name + "." + quote(item->table->primary_key.front(), '"') : key;
  return JoinProbe{item->table->qualified_name(),
                   fmt::format("SELECT COUNT({0}) AS met, COUNT(DISTINCT {0}) AS own {1}", column,
                               trim(statement.substr(begin, end - begin))),
                   item->table->row_count};
}

}  // namespace kpi::sql
