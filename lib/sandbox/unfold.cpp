#include <kpi/base/text.hpp>
#include <kpi/sandbox/base_type.hpp>
#include <kpi/sandbox/unfold.hpp>

#include <utility>

namespace kpi::sandbox {
namespace {

constexpr std::size_t max_fields = 100;   // Metabase's own limit
constexpr std::size_t max_paths = 5'000;  // objects used as maps would otherwise grow without end
constexpr std::string_view arrow = " \xE2\x86\x92 ";

/// A date with a time: a date alone stays text, as in Metabase.
bool is_moment(std::string_view text) {
  return text.size() > 10 && text.size() <= 35 && text[10] == 'T' && !iso_from_database(text).empty();
}

}  // namespace

std::string UnfoldedField::name() const { return join(path, arrow); }

Unfolding::Unfolding(std::string column) : column_(std::move(column)) {}

void Unfolding::add(const Json& cell) {
  if (!cell.is_string()) return;
  const auto value = parse_json(cell.get_ref<const std::string&>(), column_);
  if (!value || !value->is_object()) return;
  std::vector<std::string> path{column_};
  walk(*value, path);
}

void Unfolding::walk(const Json& object, std::vector<std::string>& path) {
  for (const auto& [key, value] : object.items()) {
    path.push_back(key);
    if (value.is_object()) {
      walk(value, path);
    } else if (const auto found = kinds_.find(path); found != kinds_.end()) {
      found->second = merge(found->second, kind_of(value));
    } else if (kinds_.size() < max_paths) {
      kinds_.emplace(path, kind_of(value));
    }
    path.pop_back();
  }
}

Unfolding::Kind Unfolding::kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return Kind::nothing;
    case Json::value_t::boolean:
      return Kind::flag;
    case Json::value_t::number_integer: {
      const auto number = value.get<std::int64_t>();
      return number > 2'147'483'647 || number < -2'147'483'648LL ? Kind::wide : Kind::integer;
    }
    case Json::value_t::number_unsigned:
      return value.get<std::uint64_t>() > 2'147'483'647 ? Kind::wide : Kind::integer;
    case Json::value_t::number_float:
      return Kind::real;
    case Json::value_t::array:
      return Kind::list;
    default:
      return is_moment(value.get_ref<const std::string&>()) ? Kind::moment : Kind::text;
  }
}

Unfolding::Kind Unfolding::merge(Kind a, Kind b) {
  if (a == b || b == Kind::nothing) return a;
  if (a == Kind::nothing) return b;
  const auto number = [](Kind kind) {
    return kind == Kind::integer || kind == Kind::wide || kind == Kind::real;
  };
  if (number(a) && number(b)) return std::max(a, b);
  const auto words = [](Kind kind) { return kind == Kind::moment || kind == Kind::text; };
  return words(a) && words(b) ? Kind::text : Kind::mixed;
}

std::vector<UnfoldedField> Unfolding::fields() const {
  using Types = std::pair<const char*, const char*>;
  const auto types = [](Kind kind) -> Types {
    switch (kind) {
      case Kind::flag:
        return {"type/Boolean", "bool"};
      case Kind::integer:
        return {"type/Integer", "int4"};
      case Kind::wide:
        return {"type/BigInteger", "int8"};
      case Kind::real:
        return {"type/Float", "float8"};
      case Kind::moment:
        return {"type/DateTime", "timestamp"};
      case Kind::text:
        return {"type/Text", "text"};
      case Kind::list:
        return {"type/Array", "integer[]"};
      default:
        return {"type/*", "text"};
    }
  };
  std::vector<UnfoldedField> fields;
  for (const auto& [path, kind] : kinds_) {
    if (fields.size() == max_fields) break;
    const auto [base_type, database_type] = types(kind);
    fields.push_back({path, base_type, database_type});
  }
  return fields;
}

}  // namespace kpi::sandbox
