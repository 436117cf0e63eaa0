#pragma once

#include <kpi/model/schema.hpp>

#include <string>
#include <string_view>
#include <vector>

// Names for people out of names for databases, and what a column's comment says about its values.
namespace kpi::llm {

/// The words of a table's name without a leading "tb", "tbl" or "t".
[[nodiscard]] std::vector<std::string> table_words(std::string_view table);

/// "market_order" as "Market Order"; of a table's name, without the TB_.
[[nodiscard]] std::string table_title(std::string_view table);
/// table_title() in the plural: "Order Items", "Equipment".
[[nodiscard]] std::string table_titles(std::string_view table);
/// `words` as "Total Amount".
[[nodiscard]] std::string title_of(const std::vector<std::string>& words);
/// A title in the plural.
[[nodiscard]] std::string plural_title(std::string_view title);
/// The last key of an unfolded column, the name of any other.
[[nodiscard]] std::string_view plain_name(const model::Field& field);
/// "total_amount" as "Total Amount".
[[nodiscard]] std::string field_title(const model::Field& field);
/// What a key stands for: "seller_id" is "Seller".
[[nodiscard]] std::string key_title(const model::Field& field);
/// What a time column marks: "completed_at" is "Completed", "is_active" is "Active".
[[nodiscard]] std::string mark_title(const model::Field& field);
/// `text` as a name for a result column: lower case, words joined by underscores.
[[nodiscard]] std::string column_alias(std::string_view text);

/// A value of a category column and what it stands for; the same text where nobody said.
struct Meaning {
  std::string value = {};  ///< as the column holds it
  std::string label = {};
  bool number = false;  ///< the column holds whole numbers
};

/// The values of `field` with their meanings: out of its comment ("1: placed / 2: paid", "card / transfer",
/// "the codes of TB_ORDER.status"), else its known values. Never anything of a personal column.
[[nodiscard]] std::vector<Meaning> meanings_of(const model::Database& database, const model::Field& field);

enum class Outcome { good, bad };

/// Those of `meanings` that say how a thing ended, the most final word only: delivered before paid. Their
/// labels share that word. None where no value tells.
[[nodiscard]] std::vector<Meaning> ending(const std::vector<Meaning>& meanings, Outcome outcome);

}  // namespace kpi::llm
