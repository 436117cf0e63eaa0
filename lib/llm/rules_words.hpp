#pragma once

#include <kpi/model/domain.hpp>
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
/// The day that a time column promises: "scheduled_on" is "Scheduled Date", "expires_at" is "Expiry Date".
[[nodiscard]] std::string due_title(const model::Field& field);
/// A title within a sentence: in lower case but for acronyms, "RFQ items".
[[nodiscard]] std::string in_prose(std::string_view title);
/// `text` as a name for a result column: lower case, words joined by underscores.
[[nodiscard]] std::string column_alias(std::string_view text);

/// column_alias(), never the name of a function or a type: "orders" for "Orders".
[[nodiscard]] std::string alias_of(const std::string& title);

/// What a result column of names is called: "partner_name" for a "Partner" called by its company_name.
[[nodiscard]] std::string label_alias(const std::string& title, const model::Field& label);

/// True if `words` name someone who acts and may come back: a user, a partner, a company.
[[nodiscard]] bool names_actor(const std::vector<std::string>& words);

/// A value of a category column and what it stands for; the same text where nobody said.
struct Meaning {
  std::string value = {};  ///< as the column holds it
  std::string label = {};
  bool number = false;  ///< the column holds whole numbers
  bool told = false;    ///< `label` is what somebody said, not the value again
};

/// The values of `field` of `table` with their meanings: as the domain has them, out of its comment ("1:
/// placed / 2: paid", "card / transfer", "the codes of TB_ORDER.status"), else its known values. Never
/// anything of a personal column.
[[nodiscard]] std::vector<Meaning> meanings_of(const model::Database& database, const model::Domain& domain,
                                               const model::Table& table, const model::Field& field);

enum class Outcome { good, bad };

/// The values that say how a thing ended, and the word that their labels share.
struct Ending {
  std::vector<Meaning> meanings = {};
  std::string word = {};
};

/// How things of `meanings` end, by the most final word only: delivered before paid. Empty where no value
/// tells.
[[nodiscard]] Ending ending(const std::vector<Meaning>& meanings, Outcome outcome);
/// The values after which nothing more is to be done, well ended or not; empty where no value or every one
/// tells so.
[[nodiscard]] std::vector<Meaning> closed_by(const std::vector<Meaning>& meanings);

}  // namespace kpi::llm
