#include "folded_schema.hpp"

#include "types.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <string>
#include <unordered_set>

namespace kpi::sql {
namespace {

// The words and quoted names of the text, in lower case and without their quotes.
std::unordered_set<std::string> names_in(std::string_view statement, const std::vector<Token>& tokens) {
  std::unordered_set<std::string> names;
  for (const Token& token : tokens) {
    const bool quoted = token.kind == TokenKind::quoted || token.kind == TokenKind::backtick ||
                        token.kind == TokenKind::bracketed;
    if (quoted || token.kind == TokenKind::word) names.insert(lower(without_quotes(statement, token)));
  }
  return names;
}

}  // namespace

model::Database folded_schema(std::string_view statement, const std::vector<Token>& tokens,
                              const model::Database& schema) {
  const std::unordered_set<std::string> names = names_in(statement, tokens);
  model::Database folded;
  folded.id = schema.id;
  folded.name = schema.name;
  folded.engine = schema.engine;
  folded.dialect = schema.dialect;
  for (const model::Table& table : schema.tables) {
    std::string name = lower(table.name);
    if (!names.contains(name)) continue;
    model::Table& copy = folded.tables.emplace_back(table);
    copy.name = std::move(name);
    copy.schema = lower(table.schema);
    for (auto* list : {&copy.primary_key, &copy.time_columns}) {
      for (std::string& column : *list) column = lower(column);
    }
    for (model::Field& field : copy.fields) {
      field.name = lower(field.name);
      if (!field.path.empty()) field.path.front() = lower(field.path.front());
      if (field.references) {
        field.references->table = lower(field.references->table);
        field.references->field = lower(field.references->field);
      }
      if (type_named(lower(field.database_type)) == Type::unknown) field.database_type.clear();
    }
  }
  return folded;
}

}  // namespace kpi::sql
