#pragma once

#include "lexer.hpp"

#include <kpi/model/schema.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The clauses of a statement, by its words: for what has to hold of every dialect, and of text that no parser
// takes.
namespace kpi::sql {

/// A table after FROM or JOIN in the outermost SELECT.
struct OutlineTable {
  const model::Table* table = nullptr;  ///< none where the schema does not know it
  std::string name;                     ///< as it is called in the statement: its alias, else its own name
};

/// The outermost SELECT of a statement; for a UNION the last arm.
struct Outline {
  std::vector<Token> tokens;         ///< without comments
  std::vector<std::uint32_t> depth;  ///< of brackets, by token
  std::size_t select = 0;            ///< the word SELECT; tokens.size() where there is none
  std::size_t from = 0;              ///< the word FROM, or tokens.size()
  std::size_t body_end = 0;  ///< one past WHERE: GROUP, HAVING, ORDER, LIMIT, a set operator or the end
  bool united = false;       ///< several SELECTs by UNION, INTERSECT or EXCEPT
  std::vector<OutlineTable> tables;  ///< of its FROM, by appearance
  std::size_t joins = 0;             ///< JOINs and commas of its FROM
};

/// `schema` may be null: tables are then unknown by name only.
[[nodiscard]] Outline outline_of(std::string_view statement, model::Dialect dialect,
                                 const model::Database* schema);

/// How `dialect` reads text.
[[nodiscard]] const LexRules& lex_rules(model::Dialect dialect);

/// The name a token holds, without its quotes; empty where it is none.
[[nodiscard]] std::string name_in(std::string_view statement, const Token& token);

/// The token that closes the bracket at `open`; tokens.size() where none does.
[[nodiscard]] std::size_t closing(const Outline& outline, std::string_view statement, std::size_t open);

}  // namespace kpi::sql
