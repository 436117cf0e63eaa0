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

constexpr int silent_days = 45;  ///< data whose latest row is older has stopped

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
  const bool one_value = field.stats->distinct && *field.stats->distinct <= 1;
  return one_value || field.stats->null_fraction.value_or(0) >= 1.0;
}

bool may_be_empty(const Field& field) {
  if (field.stats && field.stats->null_fraction) return *field.stats->null_fraction > 0;
  return field.nullable.value_or(true);
}

bool mostly_empty(const Field& field) { return field.stats && field.stats->null_fraction.value_or(0) > 0.5; }

bool is_due(const Field& field) {
  return has_word(words_of(field),
                  {"due", "end", "ends", "expires", "expiration", "expected", "until", "next", "promised",
                   "deadline", "valid", "renews", "renewal", "scheduled"});
}

bool is_touch(const Field& field) { return has_word(words_of(field), {"last", "latest", "recent", "seen"}); }

bool is_update(const Field& field) {
  return has_word(words_of(field), {"update", "updated", "modified", "synced"}) ||
         bare_semantic(field).substr(0, 6) == "Update";
}

bool is_key_like(const Table& table, const Field& field) {
  const auto semantic = bare_semantic(field);
  if (field.references || contains(table.primary_key, field.name) || semantic == "PK" || semantic == "FK")
    return true;
  const auto words = words_of(field);
  return words.size() > 1 && (words.back() == "id" || words.back() == "ids" || words.back() == "uuid");
}

bool is_near_unique(const Table& table, const Field& field) {
  const auto words = words_of(field);
  if (!words.empty() &&
      (words.back() == "number" || words.back() == "no" || words.back() == "slug" || words.back() == "date" ||
       words.back() == "code" || words.back() == "name" || words.back() == "title")) {
    if (model::is_text(field) && !field.values) return true;
    return field.stats && field.stats->distinct && table.row_count &&
           *field.stats->distinct * 2 >= *table.row_count;
  }
  return field.stats && field.stats->distinct && table.row_count && *table.row_count > 4 &&
         *field.stats->distinct * 10 >= *table.row_count * 8;
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
