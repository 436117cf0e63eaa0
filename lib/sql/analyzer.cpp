#include "analyzer.hpp"

#include "as_postgres.hpp"
#include "bind.hpp"
#include "catalogue.hpp"
#include "fingerprint.hpp"
#include "folded_schema.hpp"
#include "guard.hpp"
#include "guard_bounds.hpp"
#include "lexer.hpp"
#include "lint.hpp"
#include "mend.hpp"
#include "parse.hpp"
#include "prescan.hpp"
#include "sqlite_check.hpp"
#include "sqlite_foreign.hpp"
#include "tables_read.hpp"
#include "token_bounds.hpp"
#include "token_guard.hpp"
#include "token_names.hpp"

#include <kpi/base/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace kpi::sql {
namespace {

constexpr std::size_t hard_max_bytes =
    64'000;  // beyond it the parser itself is not safe, whatever a policy says
constexpr std::size_t hard_max_depth = 500;

bool begins(const std::string& code, std::string_view family) { return code.rfind(family, 0) == 0; }

const LexRules& rules_of(model::Dialect dialect) {
  switch (dialect) {
    case model::Dialect::postgres:
      return postgres_rules;
    case model::Dialect::mysql:
      return mysql_rules;
    default:
      return sqlite_rules;
  }
}

/// True where the text itself was refused: its bytes, size or nesting.
bool begins_with_refusal(const Analysis& analysis) {
  return !analysis.findings.empty() && analysis.fingerprint.empty() && analysis.references.empty();
}

/// References name tables the way the schema report does.
void qualify(std::vector<model::FieldReference>& references, const model::Database& schema) {
  for (auto& reference : references) {
    if (const auto* table = schema.table(reference.table)) reference.table = table->qualified_name();
  }
}

/// Says of what SQLite could not read which part of it SQLite has not.
void explain_foreign(std::string_view statement, const std::vector<Token>& tokens,
                     std::vector<model::Finding>& findings) {
  for (model::Finding& found : findings) {
    if (found.code != "syntax.error" && found.code != "guard.function") continue;
    if (const std::string_view advice = foreign_to_sqlite(statement, tokens); !advice.empty())
      found.message += fmt::format("; {}", advice);
    return;
  }
}

/// References with the names as the schema spells them.
std::vector<model::FieldReference> spelled(std::vector<model::FieldReference> references,
                                           const model::Database& schema) {
  for (auto& reference : references) {
    const auto* table = schema.table(reference.table);
    if (table == nullptr) continue;
    reference.table = table->name;
    const auto field = std::find_if(table->fields.begin(), table->fields.end(), [&](const model::Field& one) {
      return lower(one.name) == reference.field;
    });
    if (field != table->fields.end()) reference.field = field->name;
  }
  return references;
}

NameSet functions_of_any(const Policy& policy) {
  NameSet names(policy.postgres_functions.begin(), policy.postgres_functions.end());
  names.insert(policy.sqlite_functions.begin(), policy.sqlite_functions.end());
  for (const std::string_view name : mysql_functions()) names.emplace(name);
  return names;
}

}  // namespace

bool Analysis::may_run() const {
  return std::none_of(findings.begin(), findings.end(), [](const model::Finding& found) {
    return begins(found.code, "guard.") || begins(found.code, "syntax.");
  });
}

bool Analysis::has_error() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const model::Finding& found) { return found.severity == model::Severity::error; });
}

struct Analyzer::Parts {
  explicit Parts(Policy given)
      : policy(std::move(given)),
        postgres(policy),
        sqlite(policy),
        any_functions(functions_of_any(policy)) {}

  void look(std::string_view statement, model::Dialect dialect, const model::Database* schema,
            Analysis& analysis) const {
    analysis.findings = prescan_bytes(statement, policy);
    if (!analysis.findings.empty()) return;
    const std::vector<Token> tokens = lex(statement, rules_of(dialect));
    analysis.findings = prescan(statement, tokens, policy);
    if (!analysis.findings.empty()) return;
    look_at_text(statement, tokens, analysis);
    if (dialect == model::Dialect::postgres) return look_at_postgres(statement, tokens, schema, analysis);
    if (dialect == model::Dialect::sqlite) {
      auto outcome = sqlite.check(statement, tokens, schema);
      explain_foreign(statement, tokens, outcome.findings);
      take(analysis, std::move(outcome.findings));
      analysis.references = std::move(outcome.references);
    } else {
      analysis.findings.push_back(finding(
          "lint.unparsed_dialect", "checked word by word, by stricter rules: no parser for this dialect"));
      take(analysis, guard_tokens(statement, tokens, any_functions));
      if (schema != nullptr) take(analysis, check_token_tables(statement, tokens, *schema));
    }
    analysis.fingerprint = fingerprint(statement, tokens);
    if (!analysis.may_run()) return;
    const auto tree = tree_by_postgres(statement, tokens);
    if (tree == nullptr) {
      take(analysis, check_token_bounds(statement, tokens, policy));
      if (schema != nullptr) take(analysis, check_token_personal(statement, tokens, *schema, policy));
      return;
    }
    take(analysis, check_bounds(*tree, policy, dialect));
    model::Database folded;
    std::unique_ptr<const Binding> binding;
    if (schema != nullptr) {
      folded = folded_schema(statement, tokens, *schema);
      binding = bind(*tree, folded);
      lint_by_postgres(*binding, dialect, *schema, folded, analysis);
    }
    if (dialect == model::Dialect::sqlite && reads_as_sqlite(*tree, statement, tokens))
      analysis.fingerprint = fingerprint(*tree, binding.get(), dialect);
  }

  // Most statements of other dialects are PostgreSQL's too but for a few spellings; nullptr where they are
  // not.
  [[nodiscard]] std::unique_ptr<const Tree> tree_by_postgres(std::string_view statement,
                                                             const std::vector<Token>& tokens) const {
    const std::string text = as_postgres(statement, tokens);
    if (!prescan(text, lex(text, postgres_rules), policy).empty()) return nullptr;
    Parsed parsed = parse_postgres(text, Names::folded);
    if (parsed.tree == nullptr || parsed.tree->depth() > policy.max_depth ||
        size_of(parsed.tree->root().at(Key::stmts)) != 1)
      return nullptr;
    const Node* statement_node = at(first_of(parsed.tree->root().at(Key::stmts)), Key::stmt);
    if (statement_node == nullptr || statement_node->tag != Tag::SelectStmt) return nullptr;
    return std::move(parsed.tree);
  }

  // What the lints say holds for other dialects alike. `binding` is against `folded`, made of `schema`.
  void lint_by_postgres(const Binding& binding, model::Dialect dialect, const model::Database& schema,
                        const model::Database& folded, Analysis& analysis) const {
    take(analysis, lint(binding, folded, policy, dialect));
    for (const model::Finding& found : binding.findings) {
      if (found.code == "lint.unknown_value" || found.code == "guard.product")
        analysis.findings.push_back(found);
    }
    if (analysis.references.empty()) analysis.references = spelled(binding.references, schema);
  }

  static void look_at_text(std::string_view statement, const std::vector<Token>& tokens, Analysis& analysis) {
    for (const Token& token : tokens) {
      const auto at = static_cast<std::int64_t>(token.begin);
      if (token.kind == TokenKind::comment) {
        analysis.findings.push_back(finding("lint.comment", "a comment; cards hold statements without", at));
      } else if (token.kind == TokenKind::text &&
                 text_of(statement, token).find("--") != std::string_view::npos) {
        analysis.findings.push_back(finding(
            "lint.dashes_in_literal", "-- inside a literal, which some drivers take for a comment", at));
      }
    }
    if (!tokens.empty() && is_mark(statement, tokens.back(), ";")) {
      analysis.findings.push_back(
          finding("lint.semicolon", "a trailing semicolon", static_cast<std::int64_t>(tokens.back().begin)));
    }
  }

  // Text that is no statement does no harm.
  [[nodiscard]] bool is_safe_with_escapes(const std::string& other, const model::Database* schema) const {
    if (other.empty()) return true;
    if (!prescan(other, lex(other, postgres_rules), policy).empty()) return false;
    const Parsed parsed = parse_postgres(other);
    return parsed.tree == nullptr || postgres.check(*parsed.tree, schema).empty();
  }

  void look_at_postgres(std::string_view statement, const std::vector<Token>& tokens,
                        const model::Database* schema, Analysis& analysis) const {
    Parsed parsed = parse_postgres(statement);
    if (parsed.finding) {
      analysis.findings.push_back(*std::move(parsed.finding));
      return;
    }
    take(analysis, postgres.check(*parsed.tree, schema));
    if (analysis.may_run() && !is_safe_with_escapes(read_with_escapes(statement, tokens), schema)) {
      analysis.findings.push_back(finding(
          "guard.construct", "a backslash before a quote: servers end the literal in different places"));
    }
    // Names are bound even where the guard refuses, so that one look says all; but for a tree of unknown
    // depth.
    const bool shallow =
        std::none_of(analysis.findings.begin(), analysis.findings.end(), [](const model::Finding& found) {
          return found.code == "guard.depth" || found.code == "guard.statement" ||
                 found.code == "guard.statement_count";
        });
    if (schema == nullptr || !shallow) {
      analysis.fingerprint = shallow ? fingerprint(*parsed.tree, nullptr, model::Dialect::postgres)
                                     : fingerprint(statement, tokens);
      return;
    }
    auto binding = bind(*parsed.tree, *schema);
    analysis.fingerprint = fingerprint(*parsed.tree, binding.get(), model::Dialect::postgres);
    take(analysis, std::move(binding->findings));
    take(analysis, lint(*binding, *schema, policy, model::Dialect::postgres));
    analysis.references = std::move(binding->references);
  }

  static void take(Analysis& analysis, std::vector<model::Finding> more) {
    analysis.findings.insert(analysis.findings.end(), std::make_move_iterator(more.begin()),
                             std::make_move_iterator(more.end()));
  }

  Policy policy;
  PostgresGuard postgres;
  SqliteCheck sqlite;
  NameSet any_functions;
};

Analyzer::Analyzer(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;
Analyzer::~Analyzer() = default;

Result<Analyzer> Analyzer::make(Policy policy) {
  if (policy.postgres_functions.empty() && policy.sqlite_functions.empty()) {
    return Error{Fault::input, "policy.invalid", "sql policy", "no function is allowed",
                 "see config/sql-policy.yaml"};
  }
  for (const auto* list : {&policy.postgres_functions, &policy.sqlite_functions}) {
    std::set<std::string_view> seen;
    for (const std::string& name : *list) {
      if (!seen.insert(name).second) {
        return Error{Fault::input, "policy.invalid", "sql policy",
                     fmt::format("function {} is named twice", name), "name each function once"};
      }
    }
  }
  policy.max_bytes = std::min(policy.max_bytes, hard_max_bytes);
  policy.max_depth = std::min(policy.max_depth, hard_max_depth);
  return Analyzer(std::make_unique<const Parts>(std::move(policy)));
}

Analysis Analyzer::analyze(std::string_view statement, model::Dialect dialect,
                           const model::Database* schema) const {
  Analysis analysis;
  parts_->look(statement, dialect, schema, analysis);
  if (!begins_with_refusal(analysis)) analysis.tables = tables_read(statement, rules_of(dialect), schema);
  if (schema != nullptr) qualify(analysis.references, *schema);
  std::stable_sort(analysis.findings.begin(), analysis.findings.end(),
                   [](const model::Finding& left, const model::Finding& right) {
                     return left.position.value_or(-1) < right.position.value_or(-1);
                   });
  return analysis;
}

Mended Analyzer::mend(std::string_view statement, model::Dialect dialect,
                      const model::Database* schema) const {
  const bool readable = prescan_bytes(statement, parts_->policy).empty() &&
                        prescan(statement, lex(statement, rules_of(dialect)), parts_->policy).empty();
  const bool known = dialect == model::Dialect::postgres || dialect == model::Dialect::sqlite;
  if (!readable || !known) return {std::string(statement), {}};
  return mend_statement(statement, dialect, schema, parts_->policy.max_depth,
                        [&](std::string_view text) { return analyze(text, dialect, schema); });
}

}  // namespace kpi::sql
