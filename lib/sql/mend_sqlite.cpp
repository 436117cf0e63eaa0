#include "mend_rewrites.hpp"
#include "mend_spans.hpp"
#include "sqlite_moments.hpp"

#include <kpi/base/text.hpp>

#include <array>
#include <optional>

// What PostgreSQL writes and SQLite does not take, or takes and means otherwise: casts, functions, syntax.
// For dates see mend_sqlite_dates.cpp. Sources: SQLite's "Datatypes" (section 3.1, affinity), "Built-in
// functions", "Aggregate functions"; PostgreSQL 15 manual, chapters 8 and 9.
namespace kpi::sql {
namespace {

/// The type a cast names, and where its words end.
struct Named {
  std::string name;              ///< in lower case, one space between words
  std::optional<int> precision;  ///< of numeric(p, s): the s
  std::string length;            ///< of varchar(n): the n
  bool zoned = false;            ///< timestamptz
  std::size_t last = 0;          ///< one past its last token
};

std::optional<Named> type_at(const Draft& draft, std::size_t i) {
  if (draft.kind(i) != TokenKind::word) return std::nullopt;
  Named type{lower(draft.word(i)), std::nullopt, {}, false, i + 1};
  type.zoned = type.name == "timestamptz";
  if ((type.name == "double" && draft.is(i + 1, "precision")) ||
      (type.name == "character" && draft.is(i + 1, "varying"))) {
    type.name += ' ' + lower(draft.word(i + 1));
    ++type.last;
  }
  if (draft.mark(type.last, "(")) {
    const std::size_t close = draft.closing(type.last);
    if (close == draft.size()) return std::nullopt;
    if (close == type.last + 4 && draft.mark(type.last + 2, ",") && draft.word(type.last + 3).size() == 1)
      type.precision = draft.word(type.last + 3).front() - '0';
    if (close == type.last + 2 && draft.kind(type.last + 1) == TokenKind::number)
      type.length = std::string(draft.word(type.last + 1));
    type.last = close + 1;
  }
  if (type.name.rfind("timestamp", 0) == 0 &&
      (draft.is(type.last, "with") || draft.is(type.last, "without")) && draft.is(type.last + 1, "time") &&
      draft.is(type.last + 2, "zone")) {
    type.zoned = draft.is(type.last, "with");
    type.last += 3;
  }
  if (draft.mark(type.last, "[")) return std::nullopt;  // an array
  return type;
}

template <std::size_t size>
bool one_of(std::string_view name, const std::array<std::string_view, size>& names) {
  for (const std::string_view known : names) {
    if (known == name) return true;
  }
  return false;
}

constexpr std::array<std::string_view, 3> exact_types{"numeric", "decimal", "dec"};
constexpr std::array<std::string_view, 5> floating_types{"real", "float", "float4", "float8",
                                                         "double precision"};
constexpr std::array<std::string_view, 6> whole_types{"int", "integer", "bigint", "smallint", "int4", "int8"};
constexpr std::array<std::string_view, 5> text_types{"text", "varchar", "character varying", "char",
                                                     "character"};

bool is_datetime(const std::string& type) { return type.rfind("timestamp", 0) == 0 || type == "datetime"; }

// True if the operand is surely a whole number, a text or a truth, so that nothing is to be rounded.
bool casts_plainly(const Draft& draft, std::size_t first, std::size_t last) {
  const Binding* binding = draft.binding();
  if (binding == nullptr || first + 1 < last) return false;
  for (const Node& node : binding->tree.nodes()) {
    if (node.tag != Tag::ColumnRef || draft.token_at(node.location) != first) continue;
    const Type type = binding->type(&node);
    return is_whole(type) || type == Type::boolean;
  }
  return false;
}

/// X as `type` in SQLite's words; empty where SQLite has nothing like it.
std::string cast_to(const Draft& draft, std::size_t first, std::size_t last, const Named& type) {
  const std::string value = draft.unbracketed(first, last);
  // NUMERIC is an affinity to SQLite and leaves whole numbers whole.
  if (one_of(type.name, exact_types) || one_of(type.name, floating_types)) {
    const std::string real = "CAST(" + value + " AS REAL)";
    return type.precision ? "ROUND(" + real + ", " + std::to_string(*type.precision) + ")" : real;
  }
  // PostgreSQL rounds where SQLite cuts off.
  if (one_of(type.name, whole_types)) {
    return casts_plainly(draft, first, last) ? "CAST(" + value + " AS INTEGER)"
                                             : "CAST(ROUND(" + value + ") AS INTEGER)";
  }
  if (one_of(type.name, text_types)) {
    // varchar(2) cuts off; char(2) pads, too, which nothing of SQLite's does.
    const bool pads = type.name == "char" || type.name == "character";
    if (!type.length.empty())
      return pads ? std::string() : "SUBSTR(CAST(" + value + " AS TEXT), 1, " + type.length + ")";
    return pads ? "SUBSTR(CAST(" + value + " AS TEXT), 1, 1)" : "CAST(" + value + " AS TEXT)";
  }
  // A text that only PostgreSQL reads as a moment would be NULL.
  const bool moment = type.name == "date" || is_datetime(type.name);
  if (moment && first + 1 == last && draft.kind(first) == TokenKind::text) {
    const std::string literal = plain_moment(draft.word(first), type.zoned);
    if (literal.empty()) return {};
    return (type.name == "date" ? "date(" : "datetime(") + literal + ")";
  }
  if (type.name == "date") {
    // A truncated moment becomes a day by itself.
    const bool truncated = draft.is(first, "date_trunc") && draft.mark(first + 1, "(") &&
                           draft.closing(first + 1) + 1 == last && draft.word(first + 2) != "'hour'" &&
                           draft.word(first + 2) != "'minute'";
    return truncated ? value : "date(" + value + ")";
  }
  if (is_datetime(type.name)) return "datetime(" + value + ")";
  return {};
}

// x::type
std::vector<Edit> double_colon(const Draft& draft) {
  for (std::size_t i = 1; i + 1 < draft.size(); ++i) {
    if (!draft.mark(i, "::")) continue;
    const auto type = type_at(draft, i + 1);
    const std::size_t first = operand_before(draft, i);
    if (!type || first >= i) continue;
    if (type->name == "interval" && first + 1 == i && draft.kind(first) == TokenKind::text)
      return {draft.replace(first, type->last, "INTERVAL " + draft.span(first, i))};
    std::string text = cast_to(draft, first, i, *type);
    if (!text.empty()) return {draft.replace(first, type->last, std::move(text))};
  }
  return {};
}

// CAST(x AS NUMERIC) keeps whole numbers whole, and CAST('2024-01-31' AS DATE) is 2024: both run, and lie.
std::vector<Edit> cast(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (!draft.is(i, "cast")) continue;
    const auto call = draft.call(i);
    if (!call || call->arguments.size() != 1) continue;
    std::size_t as = call->close;
    for (std::size_t k = call->open + 1, depth = 0; k < call->close; ++k) {
      if (draft.mark(k, "(")) ++depth;
      if (draft.mark(k, ")")) --depth;
      if (depth == 0 && draft.is(k, "as")) as = k;
    }
    if (as == call->close || as == call->open + 1) continue;
    const auto type = type_at(draft, as + 1);
    if (!type || type->last != call->close) continue;
    if (type->name == "interval" && as == call->open + 2 && draft.kind(as - 1) == TokenKind::text)
      edits.push_back(draft.instead(*call, "INTERVAL " + std::string(draft.word(as - 1))));
    if (!one_of(type->name, exact_types) && type->name != "date" && !is_datetime(type->name)) continue;
    std::string text = cast_to(draft, call->open + 1, as, *type);
    if (!text.empty()) edits.push_back(draft.instead(*call, std::move(text)));
  }
  return edits;
}

constexpr std::array templates{
    // Of two values the one that is not null, as PostgreSQL's; SQLite's max() of a null is null.
    Template{"greatest", 2, "COALESCE(MAX($1, $2), $1, $2)", MendFor::sqlite},
    Template{"least", 2, "COALESCE(MIN($1, $2), $1, $2)", MendFor::sqlite},
    Template{"char_length", 1, "LENGTH($1)", MendFor::sqlite},
    Template{"character_length", 1, "LENGTH($1)", MendFor::sqlite},
    Template{"strpos", 2, "INSTR($1, $2)", MendFor::sqlite},
    Template{"btrim", 1, "TRIM($1)", MendFor::sqlite},
    Template{"bool_or", 1, "MAX($1)", MendFor::sqlite},
    Template{"bool_and", 1, "MIN($1)", MendFor::sqlite},
    Template{"every", 1, "MIN($1)", MendFor::sqlite},
    Template{"div", 2, "CAST(@1 / $2 AS INTEGER)", MendFor::sqlite},
};

// CONCAT() takes a null for an empty text, || does not.
std::string concat(const Draft& draft, const Call& call) {
  std::string out;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    const auto [first, last] = call.arguments[i];
    const bool literal = first + 1 == last && draft.kind(first) == TokenKind::text;
    out += out.empty() ? "(" : " || ";
    out += literal ? draft.argument(call, i) : "COALESCE(" + draft.argument(call, i) + ", '')";
  }
  return out.empty() ? out : out + ")";
}

// LEFT(x, 3) and RIGHT(x, 3), of a constant number of characters.
std::string end_of_text(const Draft& draft, const Call& call, bool right) {
  if (call.arguments.size() != 2) return {};
  const auto [first, last] = call.arguments[1];
  if (last != first + 1 || draft.kind(first) != TokenKind::number) return {};
  const std::string count = draft.argument(call, 1);
  return "SUBSTR(" + draft.argument(call, 0) + (right ? ", -" + count + ")" : ", 1, " + count + ")");
}

// POSITION(a IN b)
std::string position(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 1) return {};
  for (std::size_t k = call.open + 2; k + 1 < call.close; ++k) {
    if (draft.is(k, "in"))
      return "INSTR(" + draft.span(k + 1, call.close) + ", " + draft.span(call.open + 1, k) + ")";
  }
  return {};
}

// SUBSTRING(x FROM a FOR b)
std::string substring(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 1) return {};
  std::string out = "SUBSTR(";
  bool from = false;
  for (std::size_t k = call.open + 1, first = k; k <= call.close; ++k) {
    const bool cut = draft.is(k, "from") || draft.is(k, "for") || k == call.close;
    if (!cut) continue;
    from = from || draft.is(k, "from");
    out += (first == call.open + 1 ? "" : ", ") + draft.span(first, k);
    first = k + 1;
  }
  return from ? out + ")" : std::string();
}

// STRING_AGG in its plain form; SQLite before 3.44 neither sorts inside it nor takes DISTINCT with a
// separator.
std::string string_agg(const Draft& draft, const Call& call) {
  if (call.arguments.size() != 2) return {};
  const auto [first, last] = call.arguments[0];
  const auto [comma, end] = call.arguments[1];
  if (end != comma + 1) return {};
  if (!draft.is(first, "distinct"))
    return "GROUP_CONCAT(" + draft.argument(call, 0) + ", " + draft.argument(call, 1) + ")";
  return draft.word(comma) == "','" ? "GROUP_CONCAT(DISTINCT " + draft.span(first + 1, last) + ")"
                                    : std::string();
}

struct Row {
  std::string_view name;
  Rewriter rewrite;
};
constexpr std::array rows{
    Row{"concat", concat},
    Row{"left", [](const Draft& d, const Call& c) { return end_of_text(d, c, false); }},
    Row{"right", [](const Draft& d, const Call& c) { return end_of_text(d, c, true); }},
    Row{"position", position},
    Row{"substring", substring},
    Row{"string_agg", string_agg},
};

// SQLite's LIKE knows no letter case to begin with (of ASCII letters).
std::vector<Edit> ilike(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i < draft.size(); ++i) {
    if (draft.is(i, "ilike")) edits.push_back(draft.replace(i, i + 1, "LIKE"));
  }
  return edits;
}

// = ANY (ARRAY['a', 'b']) is IN ('a', 'b')
std::vector<Edit> any_of_array(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 5 < draft.size(); ++i) {
    const bool any = draft.mark(i, "=") && draft.is(i + 1, "any");
    const bool none = (draft.mark(i, "<>") || draft.mark(i, "!=")) && draft.is(i + 1, "all");
    if ((!any && !none) || !draft.mark(i + 2, "(") || !draft.is(i + 3, "array")) continue;
    // To SQLite a list in brackets is a name.
    if (draft.kind(i + 4) != TokenKind::bracketed || !draft.mark(i + 5, ")")) continue;
    const std::string_view list = draft.word(i + 4);
    edits.push_back(draft.replace(
        i, i + 6, (any ? "IN (" : "NOT IN (") + std::string(list.substr(1, list.size() - 2)) + ")"));
  }
  return edits;
}

// FETCH FIRST 10 ROWS ONLY
std::vector<Edit> fetch_first(const Draft& draft) {
  for (std::size_t i = 0; i + 4 < draft.size(); ++i) {
    if (!draft.is(i, "fetch") || !(draft.is(i + 1, "first") || draft.is(i + 1, "next"))) continue;
    if (draft.kind(i + 2) != TokenKind::number || !draft.is(i + 4, "only")) continue;
    if (i > 0 && (draft.is(i - 1, "rows") || draft.is(i - 1, "row"))) continue;  // OFFSET n ROWS comes first
    return {draft.replace(i, i + 5, "LIMIT " + std::string(draft.word(i + 2)))};
  }
  return {};
}

// public.orders: SQLite's schemas are files.
std::vector<Edit> schema_name(const Draft& draft) {
  std::vector<Edit> edits;
  for (std::size_t i = 0; i + 2 < draft.size(); ++i) {
    if (!draft.is(i, "public") || !draft.mark(i + 1, ".") || draft.schema() == nullptr) continue;
    if (i > 0 && draft.mark(i - 1, ".")) continue;
    edits.push_back({draft.tokens()[i].begin, draft.tokens()[i + 2].begin, ""});
  }
  return edits;
}

}  // namespace

std::vector<MendRule> sqlite_rules_of_syntax() {
  std::vector<MendRule> rules{{"cast", MendFor::sqlite, double_colon},
                              {"cast", MendFor::sqlite, cast},
                              {"ilike", MendFor::sqlite, ilike},
                              {"any_array", MendFor::sqlite, any_of_array},
                              {"fetch_first", MendFor::sqlite, fetch_first},
                              {"schema_name", MendFor::sqlite, schema_name}};
  for (const Template& shape : templates) rules.push_back(fills_template(shape));
  for (const Row& row : rows) rules.push_back(rewrites_calls(row.name, MendFor::sqlite, row.rewrite));
  return rules;
}

}  // namespace kpi::sql
