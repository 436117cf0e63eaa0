#pragma once

#include <kpi/model/schema.hpp>

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace kpi::model {

/// A business function, and the words in table and KPI names that speak of it.
struct Category {
  std::string name;
  std::vector<std::string> terms;  ///< lower case, any language; the longer match counts more
};

/// One worked example for prompts.
struct Example {
  std::string table;  ///< what kind of table it suits: words to compare with
  std::string name;
  std::string description;
  std::string business_value;
  std::string sql;
};

struct GlossaryEntry {
  std::string term;
  std::string meaning;
};

/// What the values of a column stand for.
struct ValueMeanings {
  std::string column;                                       ///< glob on "column" or "table.column"
  std::vector<std::pair<std::string, std::string>> values;  ///< value as text -> what people call it
};

/// What people call a column.
struct DisplayName {
  std::string column;  ///< glob on "column" or "table.column"
  std::string name;
};

/// What a line of business knows that a schema does not say. Read from config/domains/*.yaml by kpi::config.
struct Domain {
  std::string name;
  std::string description;
  std::vector<Category> categories;
  std::vector<GlossaryEntry> glossary;
  std::string currency = "USD";
  std::vector<std::string> minor_unit_columns;   ///< globs on column names: money in hundredths
  std::vector<std::string> test_row_columns;     ///< globs: rows where it is true are not business
  std::vector<std::string> deleted_row_columns;  ///< globs: rows where it is set are gone
  std::vector<ValueMeanings> value_meanings;
  std::vector<DisplayName> display_names;
  std::vector<Example> examples;
};

/// The first entry whose glob names the column, by its name or by TABLE.name; nullptr where there is none.
/// `table` is the table's name without a schema.
[[nodiscard]] const ValueMeanings* value_meanings(const Domain& domain, std::string_view table,
                                                  std::string_view column);
[[nodiscard]] const DisplayName* display_name(const Domain& domain, std::string_view table,
                                              std::string_view column);

inline constexpr std::string_view general_category = "General";

/// A domain's terms made ready to be looked for in many texts.
class Categories {
public:
  explicit Categories(const Domain& domain);

  /// The category whose terms match `texts` best (more and longer matches; the first on a tie), or "General".
  /// A term matches at the start of a word for ASCII terms, anywhere for others (Korean is written without
  /// word gaps). Earlier texts weigh more: a table's name more than its comment.
  [[nodiscard]] std::string of(const std::vector<std::string>& texts) const;

private:
  struct Term {
    std::string key;
    std::size_t category = 0;
  };
  std::vector<std::string> names_;
  std::unordered_map<char, std::vector<Term>> at_words_;  ///< ASCII terms, by their first letter
  std::vector<Term> anywhere_;
};

/// Categories(domain).of(texts), for one text or two.
[[nodiscard]] std::string category_of(const Domain& domain, const std::vector<std::string>& texts);

}  // namespace kpi::model
