#include "tree_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kpi::sql {
namespace {

#define KPI_SQL_TAG_ROW(name) std::pair<std::string_view, Tag>{#name, Tag::name},
#define KPI_SQL_KEY_ROW(name) std::pair<std::string_view, Key>{#name, Key::name},
// Both are in byte order, so that a name is found by halving.
constexpr std::array tags{KPI_SQL_TAGS(KPI_SQL_TAG_ROW)};
constexpr std::array keys{KPI_SQL_KEYS(KPI_SQL_KEY_ROW)};
#undef KPI_SQL_TAG_ROW
#undef KPI_SQL_KEY_ROW

template <class Rows>
constexpr bool in_order(const Rows& rows) {
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (!(rows[i - 1].first < rows[i].first)) return false;
  }
  return true;
}
static_assert(in_order(tags) && in_order(keys));

template <class Rows>
auto find(const Rows& rows, std::string_view name, decltype(rows[0].second) otherwise) {
  const auto* row =
      std::lower_bound(rows.begin(), rows.end(), name,
                       [](const auto& left, std::string_view right) { return left.first < right; });
  return row != rows.end() && row->first == name ? row->second : otherwise;
}

}  // namespace

Tag tag_named(std::string_view name) { return find(tags, name, Tag::other); }
Key key_named(std::string_view name) { return find(keys, name, Key::other); }

Tag fixed_tag(Key key) {
  switch (key) {
    case Key::larg:
    case Key::rarg:
      return Tag::SelectStmt;
    case Key::intoClause:
      return Tag::IntoClause;
    case Key::withClause:
      return Tag::WithClause;
    case Key::alias:
    case Key::join_using_alias:
      return Tag::Alias;
    case Key::typeName:
      return Tag::TypeName;
    case Key::over:
      return Tag::WindowDef;
    case Key::search_clause:
      return Tag::CTESearchClause;
    case Key::cycle_clause:
      return Tag::CTECycleClause;
    case Key::ival:
      return Tag::Integer;
    case Key::fval:
      return Tag::Float;
    case Key::boolval:
      return Tag::Boolean;
    case Key::sval:
      return Tag::String;
    case Key::bsval:
      return Tag::BitString;
    default:
      return Tag::other;
  }
}

}  // namespace kpi::sql
