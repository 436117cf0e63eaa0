#include <kpi/base/hash.hpp>
#include <kpi/model/repair_usage.hpp>
#include <kpi/stages/journal.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace kpi::stages {
namespace {

constexpr std::array column_numbers{&ColumnFacts::top_share, &ColumnFacts::zero_share,
                                    &ColumnFacts::min,       &ColumnFacts::max,
                                    &ColumnFacts::mean,      &ColumnFacts::deviation};
constexpr std::array column_counts{&ColumnFacts::nulls, &ColumnFacts::numbers, &ColumnFacts::distinct};

Json column_json(const ColumnFacts& column) {
  Json json = Json::array();
  for (const auto count : column_counts) json.push_back(column.*count);
  for (const auto number : column_numbers) json.push_back(column.*number);
  return json;
}

std::optional<ColumnFacts> read_column(const Json& json) {
  if (!json.is_array() || json.size() != column_counts.size() + column_numbers.size()) return std::nullopt;
  if (!std::all_of(json.begin(), json.end(), [](const Json& one) { return one.is_number(); }))
    return std::nullopt;
  ColumnFacts column;
  std::size_t at = 0;
  for (const auto count : column_counts) column.*count = json[at++].get<std::size_t>();
  for (const auto number : column_numbers) column.*number = json[at++].get<double>();
  return column;
}

bool is_finite(const ColumnFacts& column) {
  return std::all_of(column_numbers.begin(), column_numbers.end(),
                     [&](const auto number) { return std::isfinite(column.*number); });
}

Json facts_json(const ResultFacts& facts) {
  Json columns = Json::array();
  for (const auto& column : facts.columns) columns.push_back(column_json(column));
  return {{"rows", facts.rows},         {"columns", std::move(columns)},
          {"measures", facts.measures}, {"axis", facts.axis ? Json(*facts.axis) : Json(nullptr)},
          {"digest", facts.digest},     {"telling", facts.telling}};
}

std::optional<ResultFacts> read_facts(const Json& json) {
  JsonReader reader(json, "facts");
  ResultFacts facts;
  std::int64_t rows = 0;
  std::optional<std::int64_t> axis;
  reader.need("rows", rows).take("axis", axis).need("digest", facts.digest).take("telling", facts.telling);
  const auto* columns = reader.find("columns");
  const auto* measures = reader.find("measures");
  if (!reader.error().empty() || columns == nullptr || measures == nullptr || !measures->is_array())
    return std::nullopt;
  facts.rows = static_cast<std::size_t>(rows);
  if (axis) facts.axis = static_cast<std::size_t>(*axis);
  for (const auto& one : *columns) {
    auto column = read_column(one);
    if (!column) return std::nullopt;
    facts.columns.push_back(*column);
  }
  const auto is_column = [&](std::size_t i) { return i < facts.columns.size(); };
  for (const auto& one : *measures) {
    if (!one.is_number_unsigned() || !is_column(one.get<std::size_t>())) return std::nullopt;
    facts.measures.push_back(one.get<std::size_t>());
  }
  if (facts.axis && !is_column(*facts.axis)) return std::nullopt;
  return facts;
}

}  // namespace

std::string journal_key(std::size_t index, const model::Kpi& candidate, const Target& target) {
  return sha256_hex(dump_json(Json::array({index, target.database_id, target.known, to_json(candidate)})));
}

std::string journal_text(const Validated& validated) {
  const auto& facts = validated.facts;
  if (facts && !std::all_of(facts->columns.begin(), facts->columns.end(), is_finite)) return "";
  return dump_json({{"kpi", to_json(validated.kpi)},
                    {"facts", facts ? facts_json(*facts) : Json(nullptr)},
                    {"repair", to_json(validated.usage)}});
}

std::optional<Validated> read_journal_text(std::string_view text) {
  auto json = parse_json(text, "journal");
  if (!json || !json->is_object()) return std::nullopt;
  Validated validated;
  JsonReader reader(*json, "");
  reader.inside("kpi", [&](JsonReader& inner) { model::read(inner, validated.kpi); })
      .inside("repair", [&](JsonReader& inner) { model::read(inner, validated.usage); });
  if (!reader.error().empty() || !validated.kpi.validation) return std::nullopt;
  if (const auto* facts = reader.find("facts"); facts != nullptr) {
    validated.facts = read_facts(*facts);
    if (!validated.facts) return std::nullopt;
  }
  return validated;
}

}  // namespace kpi::stages
