#include <kpi/base/text.hpp>
#include <kpi/sql/dialect.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::sql {
namespace {

using model::Dialect;

/// What PostgreSQL, SQLite or MySQL keep for themselves as the name of a column or table, in one text.
/// Sources: PostgreSQL 15 manual, appendix C; SQLite's list of keywords.
constexpr std::string_view reserved_words =
    " "
    "add all alter analyse analyze and any array as asc asymmetric authorization autoincrement between "
    "binary both case cast check collate collation column commit concurrently constraint create cross "
    "current_date current_role current_time current_timestamp current_user default deferrable delete "
    "desc distinct do drop else end escape except exists false fetch for foreign freeze from full glob "
    "grant group having ilike in index initially inner insert intersect into is isnull join lateral "
    "leading left like limit localtime localtimestamp natural not nothing notnull null offset on only "
    "or order outer overlaps placing primary references regexp returning right rollback select "
    "session_user set similar some symmetric table tablesample then to trailing transaction true union "
    "unique update user using values variadic verbose when where window with ";

/// What MySQL alone keeps for itself, as far as a column may well be called so. Source: MySQL 8.0
/// manual, 9.3.
constexpr std::string_view reserved_in_mysql =
    " accessible before both by call change char character condition convert cube cume_dist cursor database "
    "databases dec decimal declare delayed dense_rank describe div double dual each elseif empty enclosed "
    "escaped exit explain first_value float force function generated groups grouping high_priority if ignore "
    "index infile int integer interval iterate key keys kill lag last_value lead leave linear lines load "
    "lock "
    "long loop low_priority match mod modifies numeric nth_value ntile of optimize option optionally out "
    "outfile over partition percent_rank precision procedure purge range rank read reads real recursive "
    "release rename repeat replace require resignal restrict revoke rlike row row_number rows schema schemas "
    "sensitive separator show signal smallint spatial specific sql starting stored straight_join system "
    "terminated trigger undo unlock unsigned usage use utc_date utc_time varying virtual while write xor "
    "year_month zerofill ";

bool is_reserved(std::string_view word, Dialect dialect) {
  const auto listed = " " + std::string(word) + " ";
  return reserved_words.find(listed) != std::string_view::npos ||
         (dialect == Dialect::mysql && reserved_in_mysql.find(listed) != std::string_view::npos);
}

bool is_plain(std::string_view identifier, bool upper_is_plain) {
  if (identifier.empty() || (identifier[0] >= '0' && identifier[0] <= '9')) return false;
  return std::all_of(identifier.begin(), identifier.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9') ||
           (upper_is_plain && c >= 'A' && c <= 'Z');
  });
}

/// The anchor's latest value inside `wrap`, as a subquery.
std::string latest(const Anchor& anchor, const std::string& expression) {
  return "(SELECT " + expression + " " + anchor.from + ")";
}

}  // namespace

std::string Select::text() const {
  std::string sql;
  if (!with.empty()) sql = "WITH " + with + "\n";
  sql += "SELECT " + select + "\nFROM " + from;
  if (!where.empty()) sql += "\nWHERE " + join(where, "\n  AND ");
  if (!group.empty()) sql += "\nGROUP BY " + group;
  if (!having.empty()) sql += "\nHAVING " + having;
  if (!order.empty()) sql += "\nORDER BY " + order;
  if (limit > 0) sql += "\nLIMIT " + std::to_string(limit);
  return sql;
}

std::string DialectWriter::name(std::string_view identifier) const {
  // Only PostgreSQL folds an unquoted name to lower case and then tells cases apart.
  if (is_plain(identifier, dialect_ != Dialect::postgres) && !is_reserved(lower(identifier), dialect_))
    return std::string(identifier);
  if (dialect_ == Dialect::mysql) return "`" + replace_all(identifier, "`", "``") + "`";
  return "\"" + replace_all(identifier, "\"", "\"\"") + "\"";
}

std::string DialectWriter::table(const model::Table& table) const {
  const bool is_default = table.schema.empty() ||
                          (dialect_ == Dialect::postgres && table.schema == "public") ||
                          (dialect_ == Dialect::sqlite && table.schema == "main");
  return is_default ? name(table.name) : name(table.schema) + "." + name(table.name);
}

std::string DialectWriter::column(const model::Field& field, std::string_view alias) const {
  const std::string prefix = alias.empty() ? "" : std::string(alias) + ".";
  if (field.path.size() < 2) return prefix + name(field.name);
  const std::string parent = prefix + name(field.path.front());
  if (dialect_ != Dialect::postgres) {
    std::string path = "$";
    for (std::size_t i = 1; i < field.path.size(); ++i) path += ".\"" + field.path[i] + "\"";
    return "json_extract(" + parent + ", " + literal(path) + ")";
  }
  std::string value = parent;
  for (std::size_t i = 1; i < field.path.size(); ++i)
    value += (i + 1 == field.path.size() ? " ->> " : " -> ") + literal(field.path[i]);
  const auto cast = [&](std::string_view type) {
    return fmt::format("CAST(NULLIF({}, '') AS {})", value, type);
  };
  if (model::is_number(field)) return cast("numeric");
  if (model::is_boolean(field)) return cast("boolean");
  if (model::is_temporal(field)) return cast("timestamp");
  return "(" + value + ")";
}

std::string DialectWriter::literal(std::string_view text) { return "'" + replace_all(text, "'", "''") + "'"; }

std::string DialectWriter::as_text(std::string_view value) const {
  return fmt::format("CAST({} AS {})", value,
                     dialect_ == Dialect::postgres || dialect_ == Dialect::sqlite ? "text" : "char(40)");
}

std::string DialectWriter::day(std::string_view time) const {
  if (dialect_ == Dialect::sqlite) return fmt::format("date({})", time);
  return fmt::format("CAST({} AS date)", time);
}

std::string DialectWriter::month(std::string_view time) const {
  switch (dialect_) {
    case Dialect::postgres:
      return fmt::format("CAST(date_trunc('month', {}) AS date)", time);
    case Dialect::sqlite:
      return fmt::format("date({}, 'start of month')", time);
    case Dialect::mysql:
      return fmt::format("CAST(DATE_FORMAT({}, '%Y-%m-01') AS date)", time);
    case Dialect::generic:
      break;
  }
  return fmt::format("EXTRACT(YEAR FROM {0}) * 100 + EXTRACT(MONTH FROM {0})", time);
}

std::string DialectWriter::year(std::string_view time) const {
  if (dialect_ == Dialect::sqlite) return fmt::format("CAST(strftime('%Y', {}) AS integer)", time);
  return whole(fmt::format("EXTRACT(YEAR FROM {})", time));
}

std::string DialectWriter::weekday(std::string_view time) const {
  if (dialect_ == Dialect::sqlite)
    return fmt::format("(CAST(strftime('%w', {}) AS integer) + 6) % 7 + 1", time);
  if (dialect_ == Dialect::postgres) return fmt::format("CAST(EXTRACT(ISODOW FROM {}) AS integer)", time);
  if (dialect_ == Dialect::mysql) return fmt::format("WEEKDAY({}) + 1", time);
  // No weekday in standard SQL: days since a Monday.
  return fmt::format("MOD(CAST({} AS date) - DATE '1900-01-01', 7) + 1", time);
}

std::string DialectWriter::weekday_name(std::string_view time) const {
  return "CASE " + weekday(time) +
         " WHEN 1 THEN 'Monday' WHEN 2 THEN 'Tuesday' WHEN 3 THEN 'Wednesday' WHEN 4 THEN 'Thursday' WHEN 5 "
         "THEN 'Friday' WHEN 6 THEN 'Saturday' ELSE 'Sunday' END";
}

std::string DialectWriter::hour(std::string_view time) const {
  if (dialect_ == Dialect::sqlite) return fmt::format("CAST(strftime('%H', {}) AS integer)", time);
  return whole(fmt::format("EXTRACT(HOUR FROM {})", time));
}

std::string DialectWriter::days_between(std::string_view from, std::string_view to) const {
  switch (dialect_) {
    case Dialect::postgres:
      return fmt::format("EXTRACT(EPOCH FROM CAST({} AS timestamp) - CAST({} AS timestamp)) / 86400.0", to,
                         from);
    case Dialect::sqlite:
      return fmt::format("julianday({}) - julianday({})", to, from);
    case Dialect::mysql:
      return fmt::format("TIMESTAMPDIFF(SECOND, {}, {}) / 86400.0", from, to);
    case Dialect::generic:
      break;
  }
  return fmt::format("CAST({} AS date) - CAST({} AS date)", to, from);
}

std::string DialectWriter::months_between(std::string_view from, std::string_view to) const {
  if (dialect_ == Dialect::sqlite) {
    return fmt::format(
        "(strftime('%Y', {1}) - strftime('%Y', {0})) * 12 + strftime('%m', {1}) - strftime('%m', {0})", from,
        to);
  }
  return fmt::format(
      "(EXTRACT(YEAR FROM {1}) - EXTRACT(YEAR FROM {0})) * 12 + EXTRACT(MONTH FROM {1}) - EXTRACT(MONTH FROM "
      "{0})",
      from, to);
}

std::string DialectWriter::month_before(std::string_view month, int months) const {
  switch (dialect_) {
    case Dialect::postgres:
      return fmt::format("CAST({} - INTERVAL '{} months' AS date)", month, months);
    case Dialect::sqlite:
      return fmt::format("date({}, '-{} months')", month, months);
    case Dialect::mysql:
      return fmt::format("{} - INTERVAL '{}' MONTH", month, months);
    case Dialect::generic:
      break;
  }
  const int years = months / 12 * 100;
  const int rest = months % 12;
  if (rest == 0) return fmt::format("{} - {}", month, years);
  // 202601 less one is 202512: over the turn of a year, 88 numbers are none.
  return fmt::format("{0} - CASE WHEN MOD({0}, 100) <= {1} THEN {2} ELSE {3} END", month, rest,
                     years + rest + 88, years + rest);
}

Select DialectWriter::against_month_before(const Select& monthly, const std::string& number,
                                           const std::string& alias, const std::string& change) const {
  Select select;
  select.with = "monthly AS (\n" + monthly.text() + "\n)";
  select.select = "now.month,\n       now." + number + (alias == number ? "" : " AS " + alias) +
                  ",\n       " + percent("(now." + number + " - past." + number + ")", "past." + number) +
                  " AS " + change;
  select.from = "monthly now\nLEFT JOIN monthly past ON past.month = " + month_before("now.month", 1);
  select.order = "now.month";
  return select;
}

std::string DialectWriter::days_before(const Anchor& anchor, int days) const {
  const auto moved = [&](const std::string& time) {
    switch (dialect_) {
      case Dialect::postgres:
        return fmt::format("{} - INTERVAL '{} days'", time, days);
      case Dialect::sqlite:
        return fmt::format("date({}, '-{} days')", time, days);
      default:
        return fmt::format("{} - INTERVAL '{}' DAY", time, days);
    }
  };
  if (anchor.today) return moved(dialect_ == Dialect::sqlite ? "'now'" : "CURRENT_DATE");
  const std::string newest = "MAX(" + anchor.time + ")";
  return latest(anchor, moved(dialect_ == Dialect::sqlite ? newest : "CAST(" + newest + " AS date)"));
}

std::string DialectWriter::months_before(const Anchor& anchor, int months) const {
  const auto moved = [&](const std::string& time) {
    switch (dialect_) {
      case Dialect::postgres: {
        const auto start = fmt::format("date_trunc('month', {})", time);
        return months == 0 ? start : fmt::format("{} - INTERVAL '{} months'", start, months);
      }
      case Dialect::sqlite:
        return months == 0 ? fmt::format("date({}, 'start of month')", time)
                           : fmt::format("date({}, 'start of month', '-{} months')", time, months);
      case Dialect::mysql:
        return fmt::format("CAST(DATE_FORMAT({}, '%Y-%m-01') AS date) - INTERVAL '{}' MONTH", time, months);
      case Dialect::generic:
        break;
    }
    const auto date = fmt::format("CAST({} AS date)", time);
    const auto start = fmt::format("{0} - INTERVAL '1' DAY * (EXTRACT(DAY FROM {0}) - 1)", date);
    return months == 0 ? start : fmt::format("{} - INTERVAL '{}' MONTH", start, months);
  };
  if (anchor.today) return moved(dialect_ == Dialect::sqlite ? "'now'" : "CURRENT_DATE");
  return latest(anchor, moved("MAX(" + anchor.time + ")"));
}

std::string DialectWriter::today() const {
  return dialect_ == Dialect::sqlite ? "date('now')" : "CURRENT_DATE";
}

std::string DialectWriter::last_day(const Anchor& anchor) const {
  return anchor.today ? today() : latest(anchor, day("MAX(" + anchor.time + ")"));
}

std::string DialectWriter::whole(std::string_view value) const {
  return fmt::format("CAST({} AS {})", value, dialect_ == Dialect::mysql ? "signed" : "integer");
}

std::string DialectWriter::rounded(std::string_view value, int digits) const {
  // PostgreSQL rounds only numeric to a number of digits.
  if (dialect_ == Dialect::postgres) return fmt::format("ROUND(CAST({} AS numeric), {})", value, digits);
  return fmt::format("ROUND({}, {})", value, digits);
}

std::string DialectWriter::percent(std::string_view part, std::string_view whole) const {
  return fmt::format("ROUND(100.0 * {} / NULLIF({}, 0), 1)", part, whole);
}

std::string DialectWriter::ratio(std::string_view part, std::string_view whole) const {
  return fmt::format("ROUND(1.0 * {} / NULLIF({}, 0), 2)", part, whole);
}

}  // namespace kpi::sql
