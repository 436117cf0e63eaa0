#pragma once

#include <string>
#include <string_view>

namespace kpi::sandbox {

/// What a column seems to mean by its name and base type, as Metabase guesses ("type/CreationTimestamp");
/// "" where nothing fits. Source: the name patterns of Metabase's classifier.
[[nodiscard]] std::string semantic_type(std::string_view name, std::string_view base_type);

/// True if a whole number of this name is a code with few values and not an amount ("status", "type_id" is
/// not).
[[nodiscard]] bool names_a_code(std::string_view name);

/// What a table seems to hold by its name ("entity/TransactionTable"); "entity/GenericTable" where unknown.
[[nodiscard]] std::string entity_type(std::string_view table);

/// The label made of a name: "order_id" and "OrderId" give "Order ID".
[[nodiscard]] std::string display_name(std::string_view name);

}  // namespace kpi::sandbox
