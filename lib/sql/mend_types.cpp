#include "mend.hpp"
#include "mend_spans.hpp"
#include "quote.hpp"
#include "walk.hpp"

#include <kpi/base/text.hpp>

#include <optional>

// Operations that PostgreSQL lacks for the types in question, and other databases have.
// Sources: PostgreSQL 15 manual, sections 9.1 to 9.9; MySQL 8 manual, section 12.3 (conversion in
// expressions).
namespace kpi::sql {
namespace {

bool is_text_column(const Node* node, const Binding& binding) {
  return node != nullptr && node->tag == Tag::ColumnRef && binding.type(node) == Type::text;
}

std::optional<std::int64_t> whole_constant(const Node* node) {
  const Node* number = node != nullptr && node->tag == Tag::A_Const ? node->at(Key::ival) : nullptr;
  return number == nullptr ? std::nullopt : std::optional(number_at(number, Key::ival));
}

template <class Visit>
std::vector<Edit> each_node(const Draft& draft, const Visit& visit) {
  const Binding* binding = draft.binding();
  std::vector<Edit> edits;
  if (binding == nullptr) return edits;
  for (const Node& node : binding->tree.nodes()) {
    if (auto edit = visit(node, *binding)) edits.push_back(std::move(*edit));
  }
  return edits;
}

// is_active = 1: a truth is no number.
std::vector<Edit> boolean_number(const Draft& draft) {
  return each_node(draft, [&](const Node& node, const Binding& binding) -> std::optional<Edit> {
    const std::string op = operator_of(node);
    if (op != "=" && op != "<>") return std::nullopt;
    const Node* left = node.at(Key::lexpr);
    const auto number = whole_constant(node.at(Key::rexpr));
    if (binding.type(left) != Type::boolean || !number || *number < 0 || *number > 1) return std::nullopt;
    const std::size_t i = draft.token_at(node.at(Key::rexpr)->location);
    if (i == draft.size()) return std::nullopt;
    return draft.replace(i, i + 1, *number == 1 ? "TRUE" : "FALSE");
  });
}

// zip_code = 12345, of a text column.
std::vector<Edit> text_number(const Draft& draft) {
  return each_node(draft, [&](const Node& node, const Binding& binding) -> std::optional<Edit> {
    const std::string op = operator_of(node);
    if ((op != "=" && op != "<>") || !is_text_column(node.at(Key::lexpr), binding)) return std::nullopt;
    if (!whole_constant(node.at(Key::rexpr))) return std::nullopt;
    const std::size_t i = draft.token_at(node.at(Key::rexpr)->location);
    if (draft.kind(i) != TokenKind::number) return std::nullopt;
    return draft.replace(i, i + 1, quote(draft.word(i), '\''));
  });
}

// SUM(status = 'paid') and AVG(is_active), as MySQL counts truths.
std::vector<Edit> boolean_sum(const Draft& draft) {
  return each_node(draft, [&](const Node& node, const Binding& binding) -> std::optional<Edit> {
    const std::string name = called(node);
    const Node* argument = first_of(node.at(Key::args));
    if ((name != "sum" && name != "avg") || binding.type(argument) != Type::boolean) return std::nullopt;
    const auto call = draft.call(draft.token_at(node.location));
    if (!call || call->arguments.size() != 1 || draft.is(call->arguments[0].first, "distinct"))
      return std::nullopt;
    const auto [first, last] = call->arguments[0];
    return draft.replace(first, last, draft.bracketed(first, last) + "::int");
  });
}

// EXTRACT(DAY FROM a_date - b_date): the difference of two dates is a number of days already.
std::vector<Edit> extract_days(const Draft& draft) {
  return each_node(draft, [&](const Node& node, const Binding& binding) -> std::optional<Edit> {
    const std::string name = called(node);
    if (name != "extract" && name != "date_part") return std::nullopt;
    const Node* unit = first_of(node.at(Key::args));
    const Node* value = unit == nullptr ? nullptr : unit->next;
    if (value == nullptr || operator_of(*value) != "-" || !is_whole(binding.type(value))) return std::nullopt;
    const bool dates = binding.type(value->at(Key::lexpr)) == Type::date &&
                       binding.type(value->at(Key::rexpr)) == Type::date;
    const std::string wanted = lower(string_of(unit));
    if (!dates || (wanted != "day" && wanted != "days" && wanted != "epoch")) return std::nullopt;
    const auto call = draft.call(draft.token_at(node.location));
    if (!call) return std::nullopt;
    std::size_t first = call->open + 1;
    while (first < call->close && !draft.is(first, "from") && !draft.mark(first, ",")) ++first;
    if (first + 1 >= call->close) return std::nullopt;
    const std::string days = "(" + draft.unbracketed(first + 1, call->close) + ")";
    return draft.instead(*call, wanted == "epoch" ? "(" + days + " * 86400)" : days);
  });
}

// COALESCE(category_id, 'Unknown'): what is shown is text.
std::vector<Edit> coalesce_text(const Draft& draft) {
  return each_node(draft, [&](const Node& node, const Binding& binding) -> std::optional<Edit> {
    const Node* first = node.tag == Tag::CoalesceExpr ? first_of(node.at(Key::args)) : nullptr;
    const Node* second = first == nullptr ? nullptr : first->next;
    if (second == nullptr || second->next != nullptr || first->tag != Tag::ColumnRef) return std::nullopt;
    const Type type = binding.type(first);
    if (binding.type(second) != Type::literal || !is_known(type) || type == Type::text ||
        !cannot_read(string_of(second), type))
      return std::nullopt;
    const auto call = draft.call(draft.token_at(node.location));
    if (!call || call->arguments.size() != 2) return std::nullopt;
    const auto [begin, end] = call->arguments[0];
    return draft.replace(begin, end, draft.bracketed(begin, end) + "::text");
  });
}

// status_code LIKE '4%': a number has to be made text first.
std::vector<Edit> like_number(const Draft& draft) {
  return each_node(draft, [&](const Node& node, const Binding& binding) -> std::optional<Edit> {
    const std::string_view kind = text_at(&node, Key::kind);
    if (kind != "AEXPR_LIKE" && kind != "AEXPR_ILIKE") return std::nullopt;
    const Node* left = node.at(Key::lexpr);
    if (left == nullptr || left->tag != Tag::ColumnRef || !is_number(binding.type(left))) return std::nullopt;
    const std::size_t first = draft.token_at(left->location);
    if (first == draft.size()) return std::nullopt;
    std::size_t last = first + 1;
    while (draft.mark(last, ".")) last += 2;
    return draft.replace(first, last, draft.span(first, last) + "::text");
  });
}

}  // namespace

std::vector<MendRule> type_rules() {
  return {{"boolean_number", MendFor::postgres, boolean_number},
          {"text_number", MendFor::postgres, text_number},
          {"boolean_sum", MendFor::postgres, boolean_sum},
          {"extract_days", MendFor::postgres, extract_days},
          {"coalesce_text", MendFor::postgres, coalesce_text},
          {"like_number", MendFor::postgres, like_number}};
}

}  // namespace kpi::sql
