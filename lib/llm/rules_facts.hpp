#pragma once

#include <kpi/llm/generator.hpp>
#include <kpi/llm/rules_words.hpp>
#include <kpi/sql/dialect.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What the rules know of one table: its columns sorted by the part they play.
namespace kpi::llm {

using sql::Anchor;
using sql::DialectWriter;
using sql::Select;

/// A column to group by.
struct Dimension {
  const model::Field* field = nullptr;
  std::string title = {};
  std::vector<Meaning> meanings = {};  ///< empty where the values are not known
};

/// A column to add up or average.
struct Amount {
  const model::Field* field = nullptr;
  const model::Field* times = nullptr;  ///< a quantity that a price is multiplied by, for the value of a line
  std::string title = {};
  model::Unit unit = model::Unit::number;
  int scale = 1;       ///< the column holds so many parts of one unit: 100 for cents
  bool adds = true;    ///< a sum over rows means something
  bool level = false;  ///< a state at a moment (stock): adds up within one moment only
  bool minor = false;  ///< says little to a business: bytes, lengths
};

/// A key that points to another table, which may be unknown.
struct Link {
  const model::Field* field = nullptr;
  const model::Table* target = nullptr;
  const model::Field* key = nullptr;    ///< of the target
  const model::Field* label = nullptr;  ///< what a person calls a row of the target; may be null
  std::string title = {};               ///< "Seller"
  bool declared = false;
  bool actor = false;  ///< someone who acts and may come back
};

/// A table whose rows point to this one's.
struct Child {
  const model::Table* table = nullptr;
  const model::Field* field = nullptr;  ///< the child's key column
  const model::Field* key = nullptr;    ///< ours
};

/// Conditions that leave out test rows and deleted ones of `table`.
[[nodiscard]] std::vector<std::string> rows_kept(const TableTask& task, const model::Table& table,
                                                 std::string_view alias = {});

/// What a person calls a row, as an expression: its label, with the key where several rows share a label, or
/// the key alone where the label is empty.
[[nodiscard]] std::string name_of_row(const TableTask& task, const model::Table& table,
                                      const model::Field& label, const model::Field& key,
                                      std::string_view alias);

struct Facts {
  const TableTask* task = nullptr;
  const model::Table* table = nullptr;
  std::string today = {};  ///< "2026-11-21"
  DialectWriter sql{model::Dialect::generic};
  std::string one = {};                ///< "Order Item"
  std::string many = {};               ///< "Order Items"
  std::string rows = {};               ///< what a column that counts them is called: "order_items"
  std::string from = {};               ///< as a FROM item
  const model::Field* time = nullptr;  ///< when a row came to be; null where there is no such column
  model::Role role = model::Role::unknown;
  bool summary = false;                  ///< rows are figures of a day or month, not things that happened
  std::optional<double> per_month = {};  ///< rows in an average month, where statistics tell
  bool creation =
      false;             ///< `time` says when the row was made, not when it was changed, ends or is summed up
  bool monthly = false;  ///< `time` holds the first of a month for all of it: windows of days cut it
  Anchor anchor = {};    ///< of `time`
  const model::Field* year = nullptr;  ///< whole-number year and month columns of a table without `time`
  const model::Field* month = nullptr;
  std::vector<const model::Field*> marks = {};    ///< nullable times: set once something has happened
  std::vector<const model::Field*> dues = {};     ///< times that something is promised for
  std::vector<const model::Field*> touches = {};  ///< times of the last of many: last_login_at
  std::vector<Dimension> dimensions = {};
  std::vector<const model::Field*> flags = {};
  std::vector<Amount> amounts = {};
  std::vector<Link> links = {};    ///< those that repeat over rows
  std::vector<Link> parents = {};  ///< of a row that extends another one to one
  std::vector<Child> children = {};
  std::vector<const model::Field*> gaps = {};   ///< columns that may be empty, other than marks
  std::vector<const model::Field*> texts = {};  ///< words that are no dimension
  const model::Field* label = nullptr;          ///< what a person calls a row
  const model::Field* key = nullptr;            ///< the only primary key column

  [[nodiscard]] std::string column(const model::Field& field, std::string_view alias = {}) const {
    return sql.column(field, alias);
  }
  /// Conditions that leave out test rows and deleted ones.
  [[nodiscard]] std::vector<std::string> filter(std::string_view alias = {}) const {
    return rows_kept(*task, *table, alias);
  }
  /// SELECT from this table under filter(); `alias` may be empty.
  [[nodiscard]] Select query(std::string select, std::string_view alias = {}) const;
  /// How names speak of the time column: " (by Due Date)", nothing for when a row was made.
  [[nodiscard]] std::string by_time() const;
  /// True if `time` is when something is to happen: what lies before it has not come to be then.
  [[nodiscard]] bool looks_ahead() const;
  /// Something that happened: a row is one of many alike, nobody to look after.
  [[nodiscard]] bool happened() const { return role == model::Role::fact || role == model::Role::event_log; }
  /// True if `mark` is the time of an end that nobody wants. What is done is closed, too; an account that
  /// closes is lost.
  [[nodiscard]] bool ends_badly(const model::Field& mark) const;
  /// False where `time` holds days only.
  [[nodiscard]] bool tells_hour() const;
  /// The month of a row as an expression; empty where the table has no time at all.
  [[nodiscard]] std::string month_of(std::string_view alias = {}) const;
  /// A dimension as an expression with its values' meanings.
  [[nodiscard]] std::string group_of(const Dimension& dimension, std::string_view alias = {}) const;
  /// The amount in whole units.
  [[nodiscard]] std::string value_of(const Amount& amount, std::string_view alias = {}) const;
  /// The condition that the amount is there.
  [[nodiscard]] std::string has_value(const Amount& amount, std::string_view alias = {}) const;
  /// False where so few rows come a month that a window of `least` of them would mostly be empty.
  [[nodiscard]] bool busy(double least) const { return !per_month || *per_month >= least; }
  /// The amount as it is stored, a price times its quantity.
  [[nodiscard]] std::string held(const Amount& amount, std::string_view alias = {}) const;
  [[nodiscard]] std::string sum_of(const Amount& amount, std::string_view alias = {}) const;
  /// True if a sum over the rows of a query that does not look at the time means something: a stock of today,
  /// but not one that is written down again every month.
  [[nodiscard]] bool sums_up(const Amount& amount) const {
    return amount.adds && (!amount.level || (!summary && role != model::Role::event_log));
  }
  /// True if a sum means something over the newest rows only, and is_latest() says which those are.
  [[nodiscard]] bool sums_up_latest(const Amount& amount) const {
    return amount.adds && amount.level && summary && time != nullptr;
  }
  /// The condition that a row is of the newest moment.
  [[nodiscard]] std::string is_latest(std::string_view alias = {}) const {
    return column(*time, alias) + " = (SELECT MAX(" + anchor.time + ") " + anchor.from + ")";
  }
  [[nodiscard]] std::string average_of(const Amount& amount, std::string_view alias = {}) const;
};

/// Looks at `table`, which is the task's or a neighbour of it. `today` ("2026-11-21") tells whether its data
/// has stopped.
[[nodiscard]] Facts gather(const TableTask& task, const model::Table& table, std::string_view today);

}  // namespace kpi::llm
