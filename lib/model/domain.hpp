#pragma once

#include <kpi/model/schema.hpp>

#include <string>
#include <string_view>
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
  std::vector<Example> examples;
};

inline constexpr std::string_view general_category = "General";

/// The category whose terms match `texts` best (more and longer matches; the first on a tie), or "General". A
/// term matches at the start of a word for ASCII terms, anywhere for others (Korean is written without word
/// gaps). Earlier texts weigh more: a table's name more than its comment.
[[nodiscard]] std::string category_of(const Domain& domain, const std::vector<std::string>& texts);

}  // namespace kpi::model
