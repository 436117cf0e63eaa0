#include "mend.hpp"

#include "as_postgres.hpp"
#include "folded_schema.hpp"
#include "parse.hpp"
#include "prescan.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>

namespace kpi::sql {
namespace {

constexpr int max_repairs = 40;

const LexRules& rules_of(model::Dialect dialect) {
  return dialect == model::Dialect::postgres ? postgres_rules : sqlite_rules;
}

// How bad a statement is: what hides other mistakes counts most.
struct Verdict {
  bool parses = false;
  bool may_run = false;
  std::size_t errors = 0;
  std::size_t must_group = 0;  // fails for certain, though its code is a warning
};

Verdict judge(const Analysis& analysis) {
  Verdict verdict{true, analysis.may_run(), 0, 0};
  for (const auto& found : analysis.findings) {
    if (found.code == "syntax.error") verdict.parses = false;
    if (found.code == "lint.missing_group_by") ++verdict.must_group;
    if (found.severity == model::Severity::error) ++verdict.errors;
  }
  return verdict;
}

bool no_worse(const Verdict& after, const Verdict& before) {
  if (before.may_run && !after.may_run) return false;
  if (after.parses != before.parses) return after.parses;
  return !after.parses || after.errors + after.must_group <= before.errors + before.must_group;
}

// What is shown is what lies between the first byte that an edit touches and the last.
model::Repair repair(std::string_view code, const std::string& before, const std::string& after,
                     const std::vector<Edit>& edits) {
  std::size_t begin = before.size();
  std::size_t end = 0;
  for (const Edit& edit : edits) {
    begin = std::min(begin, edit.begin);
    end = std::max(end, edit.end);
  }
  const std::size_t tail = before.size() - end;
  return {"rule", std::string(code), before.substr(begin, end - begin),
          after.substr(begin, after.size() - tail - begin)};
}

}  // namespace

Draft::Draft(std::string_view text, model::Dialect dialect, const model::Database* schema,
             std::size_t max_depth)
    : text_(text),
      dialect_(dialect),
      schema_(schema),
      max_depth_(max_depth) {
  for (const Token& token : lex(text, rules_of(dialect))) {
    (token.kind == TokenKind::comment ? comments_ : tokens_).push_back(token);
  }
}

std::string Draft::span(std::size_t first, std::size_t last) const {
  if (first >= last || last > size()) return {};
  return std::string(text_.substr(tokens_[first].begin, tokens_[last - 1].end - tokens_[first].begin));
}

std::size_t Draft::closing(std::size_t open) const {
  std::size_t depth = 0;
  for (std::size_t i = open; i < size(); ++i) {
    if (mark(i, "(")) ++depth;
    if (mark(i, ")") && --depth == 0) return i;
  }
  return size();
}

std::optional<Call> Draft::call(std::size_t i) const {
  if (kind(i) != TokenKind::word || !mark(i + 1, "(") || (i > 0 && mark(i - 1, "."))) return std::nullopt;
  Call found{i, i + 1, closing(i + 1), {}};
  if (found.close == size()) return std::nullopt;
  std::size_t depth = 0;
  std::size_t first = found.open + 1;
  for (std::size_t k = first; k <= found.close; ++k) {
    if (mark(k, "(") || mark(k, "[")) ++depth;
    if (depth == 0 && (k == found.close || mark(k, ","))) {
      if (first < k) found.arguments.emplace_back(first, k);
      first = k + 1;
    }
    if ((mark(k, ")") || mark(k, "]")) && depth > 0) --depth;
  }
  return found;
}

std::string Draft::argument(const Call& call, std::size_t i) const {
  return span(call.arguments[i].first, call.arguments[i].second);
}

std::string Draft::bracketed(std::size_t first, std::size_t last) const {
  const std::string all = span(first, last);
  std::size_t i = first;
  while (i < last && (kind(i) == TokenKind::word || kind(i) == TokenKind::quoted) && mark(i + 1, ".")) i += 2;
  const bool one = i + 1 == last && (kind(i) != TokenKind::number || i == first);
  const bool called =
      i + 1 < last && kind(i) == TokenKind::word && mark(i + 1, "(") && closing(i + 1) + 1 == last;
  const bool in_brackets = mark(first, "(") && closing(first) + 1 == last;
  return one || called || in_brackets ? all : "(" + all + ")";
}

std::string Draft::unbracketed(std::size_t first, std::size_t last) const {
  const bool one = mark(first, "(") && closing(first) + 1 == last;
  return one ? span(first + 1, last - 1) : span(first, last);
}

Edit Draft::instead(const Call& call, std::string text) const {
  return replace(call.name, call.close + 1, std::move(text));
}

Edit Draft::replace(std::size_t first, std::size_t last, std::string text) const {
  return {tokens_[first].begin, tokens_[last - 1].end, std::move(text)};
}

std::size_t Draft::token_at(std::int64_t at) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if (static_cast<std::int64_t>(tokens_[i].begin) == at) return i;
  }
  return size();
}

void Draft::parse() const {
  if (parsed_) return;
  parsed_ = true;
  const bool own = dialect_ == model::Dialect::postgres;
  Policy bounds;
  bounds.max_bytes = text_.size();
  bounds.max_depth = max_depth_;
  // Tokens stand where they stood, so places in the tree are places in the text.
  const std::string text = own ? std::string(text_) : as_postgres(text_, tokens_);
  if (!prescan(text, lex(text, postgres_rules), bounds).empty()) return;
  tree_ = parse_postgres(text, own ? Names::exact : Names::folded).tree;
  if (tree_ != nullptr && (tree_->depth() > max_depth_ || size_of(tree_->root().at(Key::stmts)) != 1))
    tree_.reset();
  if (tree_ == nullptr || schema_ == nullptr) return;
  if (!own) folded_ = folded_schema(text_, tokens_, *schema_);
  binding_ = bind(*tree_, own ? *schema_ : folded_);
}

const Tree* Draft::tree() const {
  parse();
  return tree_.get();
}

const Binding* Draft::binding() const {
  parse();
  return binding_.get();
}

std::string apply_edits(std::string_view text, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(),
                   [](const Edit& left, const Edit& right) { return left.begin < right.begin; });
  std::string out;
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    if (edit.begin < at) continue;
    out.append(text.substr(at, edit.begin - at)).append(edit.text);
    at = edit.end;
  }
  return out.append(text.substr(at));
}

const std::vector<MendRule>& mend_rules() {
  static const std::vector<MendRule> rules = [] {
    std::vector<MendRule> all;
    for (const auto part :
         {text_rules, json_rules, date_rules, call_rules, sqlite_rules_of_syntax, sqlite_rules_of_dates,
          sqlite_rules_of_intervals, name_rules, type_rules, having_rules, nesting_rules, number_rules}) {
      for (const MendRule& rule : part()) all.push_back(rule);
    }
    return all;
  }();
  return rules;
}

namespace {

/// Whether a step may be worse than the one before, so long as the end is better than the beginning.
enum class Way : std::uint8_t { step_by_step, through_postgres };

bool serves(MendFor dialects, model::Dialect dialect, Way way) {
  switch (dialects) {
    case MendFor::both:
      return true;
    case MendFor::postgres:
      return dialect == model::Dialect::postgres;
    case MendFor::sqlite:
      return dialect == model::Dialect::sqlite;
    case MendFor::postgres_first:
      return dialect == model::Dialect::postgres || way == Way::through_postgres;
  }
  return false;
}

struct Outcome {
  Mended mended;
  Verdict verdict;
};

/// What one pass of rule after rule works on.
struct Task {
  model::Dialect dialect;
  const model::Database* schema;
  std::size_t max_depth;
  const std::function<Analysis(std::string_view)>& look;
};

Outcome apply_rules(std::string_view statement, const Verdict& first, const Task& task, Way way) {
  Outcome out{{std::string(statement), {}}, first};
  std::string& sql = out.mended.sql;
  auto draft = std::make_unique<Draft>(sql, task.dialect, task.schema, task.max_depth);
  int left = max_repairs;
  for (bool changed = true; changed && left > 0;) {
    changed = false;
    for (const MendRule& rule : mend_rules()) {
      if (left == 0 || !serves(rule.dialects, task.dialect, way)) continue;
      const std::vector<Edit> edits = rule.find(*draft);
      if (edits.empty()) continue;
      std::string after = apply_edits(sql, edits);
      if (after == sql) continue;
      const Verdict then = judge(task.look(after));
      if (way == Way::step_by_step && !no_worse(then, out.verdict)) continue;
      out.mended.repairs.push_back(repair(rule.code, sql, after, edits));
      draft.reset();
      sql = std::move(after);
      draft = std::make_unique<Draft>(sql, task.dialect, task.schema, task.max_depth);
      out.verdict = then;
      changed = true;
      --left;
    }
  }
  // A text that no parser takes even now was not understood, so nothing about it is certain.
  if (!out.verdict.parses || !no_worse(out.verdict, first)) return {{std::string(statement), {}}, first};
  return out;
}

}  // namespace

Mended mend_statement(std::string_view statement, model::Dialect dialect, const model::Database* schema,
                      std::size_t max_depth, const std::function<Analysis(std::string_view)>& look) {
  const Verdict first = judge(look(statement));
  const Task task{dialect, schema, max_depth, look};
  Outcome direct = apply_rules(statement, first, task, Way::step_by_step);
  const bool sound = direct.verdict.parses && direct.verdict.errors == 0;
  if (sound || dialect != model::Dialect::sqlite) return std::move(direct.mended);
  Outcome through = apply_rules(statement, first, task, Way::through_postgres);
  const bool better =
      through.verdict.parses && (!direct.verdict.parses || through.verdict.errors < direct.verdict.errors);
  return better ? std::move(through.mended) : std::move(direct.mended);
}

}  // namespace kpi::sql
