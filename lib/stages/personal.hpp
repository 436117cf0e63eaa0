#pragma once

#include <kpi/model/schema.hpp>

namespace kpi::stages {

/// Tells which columns of one table look like personal data.
class PersonalColumns {
public:
  /// `table` must outlive this.
  explicit PersonalColumns(const model::Table& table);

  /// True if `field`, of the table, looks personal: by Metabase's semantic type, by the words of its name or
  /// its comment, or by the shape of its values (mostly e-mail addresses, telephone numbers, card or
  /// registration numbers). Wrong in the safe direction where in doubt: a flagged field's values are neither
  /// fetched nor shown. Of numbers only those that identify somebody are personal (a telephone, identity,
  /// card or account number, a date of birth); dates and booleans about a person's data (email_sent_at) are
  /// not.
  [[nodiscard]] bool has(const model::Field& field) const;

private:
  bool about_people_;  ///< a row of the table is a person: then its plain "name" is a person's
  bool about_things_;  ///< a row is a plan, a company, a file: then its "display_name" is no person's
};

/// Flags the personal columns of `table` (`pii`) and forgets their values, bounds and averages: nothing of
/// what is in them is kept. What is personal is no dimension, measure or time column either.
void flag_personal(model::Table& table);

/// PersonalColumns(table).has(field).
[[nodiscard]] bool looks_personal(const model::Table& table, const model::Field& field);

/// True if most of `values` have the shape of personal data.
[[nodiscard]] bool has_personal_shape(const std::vector<Json>& values);

}  // namespace kpi::stages
