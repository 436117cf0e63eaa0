#include <kpi/base/text.hpp>
#include <kpi/base/words.hpp>
#include <kpi/llm/rules_column.hpp>
#include <kpi/llm/rules_words.hpp>
#include <kpi/model/measures.hpp>
#include <kpi/model/sample.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace kpi::llm {
namespace {

using model::Field;
using model::Table;

constexpr int silent_days = 45;  ///< data whose latest row is older has stopped

/// Rows that statistics are of and that have a value; none where the table's size is not known.
std::optional<double> filled_rows(const Table& table, const Field& field) {
  if (!table.row_count || !field.stats) return std::nullopt;
  return static_cast<double>(std::min(*table.row_count, model::sample_rows)) *
         (1 - field.stats->null_fraction.value_or(0));
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
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
  return model::is_sampled(table) && field.nullable.value_or(false);
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
  if (!model::is_sampled(table) || !key.stats->min || !key.stats->max ||
      key.stats->null_fraction.value_or(0) > 0)
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
  return has_word(
      identifier_words(mark.name),
      {"cancelled",    "canceled",    "cancel",    "rejected", "failed",    "refunded", "returned", "expired",
       "deleted",      "retired",     "left",      "declined", "withdrawn", "churned",  "removed",  "lost",
       "discontinued", "terminated",  "suspended", "blocked",  "abandoned", "voided",   "revoked",  "banned",
       "unsubscribed", "deactivated", "lapsed",    "disputed", "bounced"});
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
  const double rows_looked_at = filled_rows(table, field).value_or(0);
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

bool names_identifier(const Field& field) {
  const auto words = words_of(field);
  return has_word({words.back()}, {"key", "slug", "ein", "tin", "zip", "zipcode", "postcode", "postal"}) ||
         (words.back() == "code" && has_word(words, {"zip", "postal", "post"}));
}

bool is_order(const Field& field) {
  return has_word(words_of(field),
                  {"depth", "position", "sort", "rank", "seq", "sequence", "ordinal", "lft", "rgt"});
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
  // The first and last time are those of a sample; its rows are the ones that came between them.
  return static_cast<double>(std::min(*table.row_count, model::sample_rows)) /
         std::max(1.0, static_cast<double>((*to - *from).count()) / month_days);
}

std::vector<model::Measure> measures_of(const Table& table, const model::Domain& domain) {
  auto found = model::find_measures(table, domain);
  if (table.measures.empty()) return found;
  auto measures = table.measures;
  for (auto& measure : measures) {
    const auto same = std::find_if(found.begin(), found.end(),
                                   [&](const auto& other) { return other.field == measure.field; });
    // A report that says "currency" of cents would make every amount a hundred times too large.
    if (same != found.end() && model::stored_unit(same->unit).scale != 1) measure.unit = same->unit;
  }
  return measures;
}

bool is_own_name(const Table& table, const Field& field) {
  const auto words = words_of(field);
  const auto of_table = table_words(table.name);
  return words.size() == 1 ||
         std::find(of_table.begin(), of_table.end(), words[words.size() - 2]) != of_table.end();
}

bool is_prose(const Field& field) {
  const auto words = words_of(field);
  return has_word({words.back()},
                  {"detail", "details", "description", "content", "contents", "memo", "remark", "remarks",
                   "comment", "comments", "note", "notes", "message", "body"});
}

const model::Field* label_of(const Table& table) {
  const Field* best = nullptr;
  int best_rank = 99;
  for (const auto& field : table.fields) {
    if (!model::is_text(field) || field.pii || !field.path.empty() || is_key_like(table, field)) continue;
    if (mostly_empty(field) || names_identifier(field)) continue;
    const auto words = words_of(field);
    int rank = 99;
    if (words.back() == "name" || bare_semantic(field) == "Name") rank = words.size() == 1 ? 0 : 1;
    if (words.back() == "title" || bare_semantic(field) == "Title") rank = std::min(rank, 2);
    // The code of a place or a kind is nobody's name.
    if (has_word({words.back()}, {"code", "no", "number"}) &&
        (is_own_name(table, field) || is_unique(table, field)))
      rank = std::min(rank, 4);
    if (bare_semantic(field) == "Company") rank = std::min(rank, 3);
    if (rank < best_rank) {
      best_rank = rank;
      best = &field;
    }
  }
  return best;
}

}  // namespace kpi::llm
