#include "types.hpp"

#include <kpi/base/text.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::sql {
namespace {

struct Named {
  std::string_view name;
  Type type;
};

constexpr std::array named_types{
    Named{"int2", Type::integer},
    Named{"int4", Type::integer},
    Named{"smallint", Type::integer},
    Named{"integer", Type::integer},
    Named{"int", Type::integer},
    Named{"serial", Type::integer},
    Named{"smallserial", Type::integer},
    Named{"int8", Type::bigint},
    Named{"bigint", Type::bigint},
    Named{"bigserial", Type::bigint},
    Named{"numeric", Type::numeric},
    Named{"decimal", Type::numeric},
    Named{"float4", Type::real},
    Named{"float8", Type::real},
    Named{"real", Type::real},
    Named{"double precision", Type::real},
    Named{"text", Type::text},
    Named{"varchar", Type::text},
    Named{"bpchar", Type::text},
    Named{"char", Type::text},
    Named{"character varying", Type::text},
    Named{"character", Type::text},
    Named{"name", Type::text},
    Named{"bool", Type::boolean},
    Named{"boolean", Type::boolean},
    Named{"date", Type::date},
    Named{"timestamp", Type::timestamp},
    Named{"timestamp without time zone", Type::timestamp},
    Named{"timestamptz", Type::timestamptz},
    Named{"timestamp with time zone", Type::timestamptz},
    Named{"time", Type::time},
    Named{"interval", Type::interval},
    Named{"json", Type::json},
    Named{"jsonb", Type::json},
};

template <class Rows>
Type find(const Rows& rows, std::string_view name) {
  for (const auto& row : rows) {
    if (row.name == name) return row.type;
  }
  return Type::unknown;
}

template <std::size_t size>
bool has(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Families within which PostgreSQL compares.
int family(Type type) {
  if (is_number(type)) return 1;
  if (is_instant(type)) return 2;
  switch (type) {
    case Type::text:
      return 3;
    case Type::boolean:
      return 4;
    case Type::interval:
      return 5;
    case Type::time:
      return 6;
    case Type::json:
      return 7;
    default:
      return 0;
  }
}

}  // namespace

std::string_view to_string(Type type) {
  constexpr std::array<std::string_view, 16> names{"unknown",
                                                   "literal",
                                                   "null",
                                                   "integer",
                                                   "bigint",
                                                   "numeric",
                                                   "double precision",
                                                   "text",
                                                   "boolean",
                                                   "date",
                                                   "timestamp",
                                                   "timestamp with time zone",
                                                   "time",
                                                   "interval",
                                                   "json",
                                                   "array"};
  return names.at(static_cast<std::size_t>(type));
}

Type type_named(std::string_view name) {
  if (!name.empty() && name.front() == '_') return Type::array;
  return find(named_types, name.substr(0, name.find('(')));
}

Type type_of(const model::Field& field) {
  const Type exact = type_named(lower(field.database_type));
  if (exact != Type::unknown || !field.database_type.empty()) return exact;
  if (model::is_integer(field)) return Type::integer;
  if (model::is_number(field)) return Type::numeric;
  if (model::is_text(field)) return Type::text;
  if (model::is_boolean(field)) return Type::boolean;
  if (model::is_date_only(field)) return Type::date;
  if (model::is_temporal(field)) return Type::timestamp;
  return Type::unknown;
}

Type common_type(Type left, Type right) {
  if (left == right) return left;
  if (left == Type::literal || left == Type::null) return right;
  if (right == Type::literal || right == Type::null) return left;
  if (is_number(left) && is_number(right)) return std::max(left, right);
  if (is_instant(left) && is_instant(right)) return std::max(left, right);
  return Type::unknown;
}

Type type_of_arithmetic(std::string_view op, Type left, Type right) {
  if (op == "->" || op == "#>") return Type::json;
  if (op == "->>" || op == "#>>") return Type::text;
  if (op == "||")
    return left == Type::array || right == Type::array ? Type::array
           : left == Type::json || right == Type::json ? Type::json
                                                       : Type::text;
  const bool left_open = left == Type::literal || left == Type::null;
  const bool right_open = right == Type::literal || right == Type::null;
  if (is_number(left) && (is_number(right) || right_open)) {
    if (op == "^" && is_whole(left) && (is_whole(right) || right_open)) return Type::real;
    return right_open ? left : std::max(left, right);
  }
  if (left_open && is_number(right)) return right;
  if (op == "-" && is_instant(left) && is_instant(right)) {
    return left == Type::date && right == Type::date ? Type::integer : Type::interval;
  }
  if ((op == "-" || op == "+") && is_instant(left) && right == Type::interval) {
    return left == Type::date ? Type::timestamp : left;
  }
  if (op == "+" && left == Type::interval && is_instant(right))
    return right == Type::date ? Type::timestamp : right;
  if (left == Type::date && is_whole(right)) return Type::date;
  if (left == Type::interval && (right == Type::interval || is_number(right))) return Type::interval;
  if (op == "*" && is_number(left) && right == Type::interval) return Type::interval;
  return Type::unknown;
}

bool cannot_compare(Type left, Type right) {
  const int one = family(left);
  const int two = family(right);
  return one != 0 && two != 0 && one != two;
}

bool cannot_cast(Type from, Type to) {
  if (!is_known(from) || !is_known(to) || from == to || from == Type::array || to == Type::array)
    return false;
  if (from == Type::text || to == Type::text || from == Type::json || to == Type::json) return false;
  const int one = family(from);
  const int two = family(to);
  if (one == two) return false;
  if (one == 4 || two == 4) return from != Type::integer && to != Type::integer;  // of numbers, int4 alone
  if (to == Type::time) return from == Type::date || one == 1;
  return !(from == Type::time && to == Type::interval);
}

bool cannot_compute(std::string_view op, Type left, Type right) {
  if (op == "||") {
    const auto joins = [](Type type) {
      return type == Type::text || type == Type::array || type == Type::json;
    };
    return is_known(left) && is_known(right) && !joins(left) && !joins(right);
  }
  if (op != "+" && op != "-" && op != "*" && op != "/" && op != "%") return false;
  const int one = family(left);
  const int two = family(right);
  if (one == 0 || two == 0) return false;
  if (one == 1 && two == 1) return false;
  if (one == 3 || two == 3 || one == 4 || two == 4) return true;
  if (one == 7 || two == 7) return !(op == "-" && one == 7);
  const bool times = left == Type::time || right == Type::time;
  if (times) return false;
  if (op == "+" && (left == Type::date ? is_whole(right) : right == Type::date && is_whole(left)))
    return false;
  if (op == "-" && left == Type::date && is_whole(right)) return false;
  if (op == "*" && left == Type::interval && two == 1) return false;
  return type_of_arithmetic(op, left, right) == Type::unknown || (is_instant(left) && two == 1) ||
         (is_instant(left) && is_instant(right) && op != "-") ||
         (left == Type::interval && is_instant(right) && op != "+") ||
         (left == Type::interval && two == 1 && op != "*" && op != "/") ||
         (left == Type::interval && right == Type::interval && op != "+" && op != "-");
}

bool cannot_read(std::string_view text, Type type) {
  const std::string word = lower(trim(text));
  const bool digit = std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool letter = std::any_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  switch (type) {
    case Type::integer:
    case Type::bigint:
      return !digit || word.find_first_not_of("0123456789+-") != std::string::npos;
    case Type::numeric:
    case Type::real:
      if (word == "nan" || word == "infinity" || word == "-infinity" || word == "inf" || word == "-inf")
        return false;
      return !digit || word.find_first_not_of("0123456789+-.e") != std::string::npos;
    case Type::boolean: {
      constexpr std::array<std::string_view, 15> truths{
          "t", "tr", "tru", "true", "f", "fa", "fal", "fals", "false", "y", "yes", "n", "no", "on", "off"};
      return !has(truths, word) && word != "1" && word != "0" && word != "ye" && word != "of";
    }
    case Type::date:
    case Type::timestamp:
    case Type::timestamptz: {
      constexpr std::array<std::string_view, 8> words{"now",   "today",    "tomorrow",  "yesterday",
                                                      "epoch", "infinity", "-infinity", "allballs"};
      return !digit && !has(words, word);
    }
    case Type::interval:
      return !digit && letter && word != "infinity";
    default:
      return false;
  }
}

}  // namespace kpi::sql
