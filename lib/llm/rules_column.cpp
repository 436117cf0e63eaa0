#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_words.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace kpi::llm {
namespace {

using model::Field;
using model::Table;

constexpr int silent_days = 45;                    ///< data whose latest row is older has stopped
constexpr std::int64_t most_sample_rows = 10'000;  ///< statistics are of the first so many rows of a table

/// True if statistics may not be of all rows.
bool is_sampled(const Table& table) { return !table.row_count || *table.row_count > most_sample_rows; }

/// Rows that statistics are of and that have a value; none where the table's size is not known.
std::optional<double> filled_rows(const Table& table, const Field& field) {
  if (!table.row_count || !field.stats) return std::nullopt;
  return static_cast<double>(std::min(*table.row_count, most_sample_rows)) *
         (1 - field.stats->null_fraction.value_or(0));
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string_view bare_semantic(const Field& field) {
  std::string_view type = field.semantic_type;
  if (type.substr(0, 5) == "type/") type.remove_prefix(5);
  return type;
}

std::optional<std::chrono::sys_days> day_of(std::string_view iso) {
  if (iso.size() < 10) return std::nullopt;
  const std::string text(iso.substr(0, 10));
  const std::chrono::year_month_day day{
      std::chrono::year{std::atoi(text.c_str())},
      std::chrono::month{static_cast<unsigned>(std::atoi(text.c_str() + 5))},
      std::chrono::day{static_cast<unsigned>(std::atoi(text.c_str() + 8))}};
  if (!day.ok()) return std::nullopt;
  return std::chrono::sys_days{day};
}

}  // namespace

std::vector<std::string> words_of(const Field& field) {
  auto words = identifier_words(plain_name(field));
  if (words.empty()) words.emplace_back(plain_name(field));
  return words;
}

bool matches(const std::vector<std::string>& globs, const Field& field) {
  return std::any_of(globs.begin(), globs.end(), [&](const auto& glob) {
    return glob_match(glob, field.name) || glob_match(glob, plain_name(field));
  });
}

bool is_flat(const Field& field) {
  if (!field.stats) return false;
  const bool many_known = field.values && field.values->size() > 1;
  const bool one_value = field.stats->distinct && *field.stats->distinct <= 1 && !many_known;
  return one_value || field.stats->null_fraction.value_or(0) >= 1.0;
}

bool may_be_empty(const Table& table, const Field& field) {
  if (!field.stats || !field.stats->null_fraction) return field.nullable.value_or(true);
  if (*field.stats->null_fraction > 0) return true;
  return is_sampled(table) && field.nullable.value_or(false);
}

bool is_unique(const Table& table, const Field& field) {
  if (table.primary_key.size() == 1 && table.primary_key.front() == field.name) return true;
  const auto filled = filled_rows(table, field);
  constexpr double nearly_all = 0.995;
  return filled && *table.row_count > 1 && field.stats->distinct &&
         static_cast<double>(*field.stats->distinct) >= std::max(2.0, *filled * nearly_all);
}

bool covers(const Table& table, const Field& key, const Table& parent) {
  if (!key.stats || !key.stats->distinct || !parent.row_count || *parent.row_count < 1) return false;
  if (*key.stats->distinct >= *parent.row_count) return true;
  if (!is_sampled(table) || !key.stats->min || !key.stats->max || key.stats->null_fraction.value_or(0) > 0)
    return false;
  constexpr std::int64_t least_distinct = 1000;  // below, a run without a gap may be chance
  return *key.stats->distinct >= least_distinct &&
         static_cast<double>(*key.stats->distinct) >= *key.stats->max - *key.stats->min + 1;
}

bool mostly_empty(const Field& field) { return field.stats && field.stats->null_fraction.value_or(0) > 0.5; }

bool is_due(const Field& field) {
  return has_word(words_of(field),
                  {"due", "end", "ends", "expires", "expiration", "expected", "until", "next", "promised",
                   "deadline", "valid", "renews", "renewal", "scheduled"});
}

bool is_promise(const Field& field) {
  return has_word(words_of(field), {"due", "promised", "expected", "deadline", "scheduled"});
}

bool is_touch(const Field& field) { return has_word(words_of(field), {"last", "latest", "recent", "seen"}); }

bool is_monthly(const Field& field) { return has_word(words_of(field), {"month", "months", "ym"}); }

bool is_update(const Field& field) {
  return has_word(words_of(field), {"update", "updated", "modified", "synced"}) ||
         bare_semantic(field).substr(0, 6) == "Update";
}

bool is_loss(const Field& mark) {
  return has_word(identifier_words(mark.name),
                  {"cancelled", "canceled", "cancel", "rejected", "failed", "refunded", "returned", "expired",
                   "deleted", "retired", "closed", "left", "declined", "withdrawn", "churned", "removed"});
}

bool is_key_like(const Table& table, const Field& field) {
  const auto semantic = bare_semantic(field);
  if (field.references || contains(table.primary_key, field.name) || semantic == "PK" || semantic == "FK")
    return true;
  const auto words = words_of(field);
  return words.size() > 1 && (words.back() == "id" || words.back() == "ids" || words.back() == "uuid");
}

bool is_near_unique(const Table& table, const Field& field) {
  constexpr double half = 0.5;
  constexpr double most = 0.8;
  const auto rows_looked_at = static_cast<double>(std::min(table.row_count.value_or(0), most_sample_rows));
  const auto words = words_of(field);
  if (!words.empty() &&
      (words.back() == "number" || words.back() == "no" || words.back() == "slug" || words.back() == "date" ||
       words.back() == "code" || words.back() == "name" || words.back() == "title")) {
    if (model::is_text(field) && !field.values) return true;
    return field.stats && field.stats->distinct && table.row_count &&
           static_cast<double>(*field.stats->distinct) >= half * rows_looked_at;
  }
  return field.stats && field.stats->distinct && table.row_count && *table.row_count > 4 &&
         static_cast<double>(*field.stats->distinct) >= most * rows_looked_at;
}

bool is_state_name(const Field& field) {
  return has_word(identifier_words(field.name), {"status", "state", "stage", "result", "outcome"});
}

bool is_told_by_outcome(const Table& table, const Field& field) {
  return may_be_empty(table, field) &&
         has_word(words_of(field), {"reason", "cause", "failure", "failed", "error", "cancel", "cancellation",
                                    "cancelled", "reject", "rejection", "lost", "churn"});
}

bool is_code_name(const Field& field) {
  const auto words = words_of(field);
  return !words.empty() && (words.back() == "status" || words.back() == "type" || words.back() == "state" ||
                            words.back() == "stage" || words.back() == "grade" || words.back() == "level");
}

bool names_url(const Field& field) {
  const auto semantic = bare_semantic(field);
  return semantic == "URL" || semantic == "ImageURL" || semantic == "AvatarURL" ||
         has_word(words_of(field),
                  {"url", "urls", "img", "image", "thumbnail", "path", "uid", "hash", "token"});
}

bool is_order(const Field& field) {
  return has_word(words_of(field),
                  {"depth", "position", "sort", "rank", "seq", "sequence", "ordinal", "lft", "rgt"});
}

bool mixes_units(const Field& field) {
  const std::string note = lower(field.description);
  return note.find("percent") != std::string::npos && note.find("cents") != std::string::npos;
}

bool begins_before(const Field& mark, const Field& start) {
  if (!mark.stats || !start.stats || !mark.stats->earliest || !start.stats->earliest) return false;
  return mark.stats->earliest->substr(0, 10) < start.stats->earliest->substr(0, 10);
}

bool is_live(const Field& time, std::string_view today) {
  if (!time.stats || !time.stats->latest) return false;
  const auto latest = day_of(*time.stats->latest);
  const auto now = day_of(today);
  return latest && now && *latest > *now - std::chrono::days{silent_days} &&
         *latest <= *now + std::chrono::days{1};
}

std::optional<double> rows_a_month(const Table& table, const Field& time) {
  if (!table.row_count || !time.stats || !time.stats->earliest || !time.stats->latest) return std::nullopt;
  const auto from = day_of(*time.stats->earliest);
  const auto to = day_of(*time.stats->latest);
  if (!from || !to || *to < *from) return std::nullopt;
  constexpr double month_days = 30.4;
  return static_cast<double>(*table.row_count) /
         std::max(1.0, static_cast<double>((*to - *from).count()) / month_days);
}

std::vector<model::Measure> measures_of(const Table& table) {
  if (!table.measures.empty()) return table.measures;
  std::vector<model::Measure> found;
  for (const auto& field : table.fields) {
    if (!model::is_number(field) || field.pii || is_key_like(table, field) || is_code_name(field)) continue;
    if (has_word(words_of(field), {"year", "month", "sort", "order", "lat", "lng", "latitude", "longitude",
                                   "no", "seq", "version", "zip"}))
      continue;
    found.push_back({field.name, {"sum", "avg"}, "number"});
  }
  return found;
}

const model::Field* label_of(const Table& table) {
  const Field* best = nullptr;
  int best_rank = 99;
  for (const auto& field : table.fields) {
    if (!model::is_text(field) || field.pii || !field.path.empty() || is_key_like(table, field)) continue;
    const auto words = words_of(field);
    int rank = 99;
    if (words.back() == "name" || bare_semantic(field) == "Name") rank = words.size() == 1 ? 0 : 1;
    if (words.back() == "title" || bare_semantic(field) == "Title") rank = std::min(rank, 2);
    if (words.back() == "code" || words.back() == "no" || words.back() == "number") rank = std::min(rank, 4);
    if (bare_semantic(field) == "Company") rank = std::min(rank, 3);
    if (rank < best_rank) {
      best_rank = rank;
      best = &field;
    }
  }
  return best;
}

}  // namespace kpi::llm
