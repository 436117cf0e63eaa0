#pragma once

#include <kpi/model/schema.hpp>

namespace kpi::stages {

/// True if `field` of `table` looks like personal data: by Metabase's semantic type, by the words of its
/// name, or by the shape of its values (mostly e-mail addresses). Wrong in the safe direction where in doubt:
/// a flagged field's values are neither fetched nor shown. Numbers, dates and booleans about a person's data
/// (email_sent_at) are not personal.
[[nodiscard]] bool looks_personal(const model::Table& table, const model::Field& field);

}  // namespace kpi::stages
