#include "support/large_metadata.hpp"

#include <array>

namespace kpi::test {
namespace {

constexpr std::size_t fields_a_table = 30;

std::string text(const std::string& value) { return "\"" + value + "\""; }

struct Shape {
  const char* database_type;
  const char* base_type;
  const char* semantic_type;  ///< null for none
  std::string fingerprint;
};

std::string entity(std::size_t table) {
  static constexpr std::array kinds{"order", "customer", "invoice", "shipment",
                                    "visit", "product",  "ticket",  "contract"};
  return std::string(kinds[table % kinds.size()]) + "_" + std::to_string(table);
}

Shape shape_of(std::size_t place, std::size_t table) {
  const std::string global = R"({"global":{"distinct-count":)" +
                             std::to_string(1 + (table * 31 + place * 7) % 9000) + R"(,"nil%":0.0125})";
  if (place < 4)
    return {
        "int8", "type/BigInteger", place == 0 ? "\"type/PK\"" : nullptr,
        global +
            R"(,"type":{"type/Number":{"min":1.0,"q1":2500.25,"q3":7500.75,"max":9999.0,"sd":2886.9,"avg":5000.5}}})"};
  if (place < 8)
    return {
        "timestamptz", "type/DateTimeWithLocalTZ", place == 4 ? "\"type/CreationTimestamp\"" : nullptr,
        global +
            R"(,"type":{"type/DateTime":{"earliest":"2024-01-01T00:00:00Z","latest":"2026-11-20T23:59:59.123456Z"}}})"};
  if (place < 14)
    return {
        "numeric", "type/Decimal", nullptr,
        global +
            R"(,"type":{"type/Number":{"min":0.5,"q1":120.75,"q3":980.125,"max":99999.99,"sd":412.7,"avg":512.25}}})"};
  if (place < 18)
    return {
        "varchar", "type/Text", "\"type/Category\"",
        R"({"global":{"distinct-count":6,"nil%":0.0},"type":{"type/Text":{"percent-json":0.0,"percent-url":0.0,"percent-email":0.0,"percent-state":0.0,"average-length":7.25}}})"};
  return {
      "text", "type/Text", nullptr,
      global +
          R"(,"type":{"type/Text":{"percent-json":0.0,"percent-url":0.0,"percent-email":0.0,"percent-state":0.0,"average-length":23.5}}})"};
}

std::string name_of(std::size_t place, std::size_t table, std::size_t tables) {
  static constexpr std::array names{"id",
                                    "",
                                    "",
                                    "",
                                    "created_at",
                                    "updated_at",
                                    "closed_at",
                                    "due_date",
                                    "total_amount",
                                    "net_price",
                                    "unit_cost",
                                    "quantity",
                                    "weight_kg",
                                    "discount_rate",
                                    "status",
                                    "channel",
                                    "region_code",
                                    "payment_type",
                                    "remark",
                                    "external_reference",
                                    "source_file",
                                    "batch_label",
                                    "free_text_1",
                                    "free_text_2",
                                    "free_text_3",
                                    "free_text_4",
                                    "free_text_5",
                                    "free_text_6",
                                    "free_text_7",
                                    "free_text_8"};
  if (place == 0) return entity(table) + "_id";
  if (place < 4) return entity((table * 7 + place * 13) % tables) + "_id";
  return names[place];
}

}  // namespace

std::string large_metadata(std::size_t tables) {
  std::string out =
      R"({"id":1,"name":"large","engine":"postgres","timezone":"UTC","features":["schemas"],"details":{},"tables":[)";
  for (std::size_t table = 0; table < tables; ++table) {
    if (table > 0) out += ',';
    out +=
        R"({"id":)" + std::to_string(table + 1) + R"(,"db_id":1,"schema":"public","name":"tb_)" +
        entity(table) + R"(","display_name":"Tb )" + entity(table) + R"(","description":"Rows of )" +
        entity(table) +
        R"(, one each","entity_type":"entity/GenericTable","active":true,"visibility_type":null,"field_order":"database",)" +
        R"("estimated_row_count":12000,"view_count":0,"segments":[],"metrics":[],"created_at":"2024-06-19T11:49:38.804953Z",)" +
        R"("updated_at":"2025-11-21T09:28:36.682643Z","fields":[)";
    for (std::size_t place = 0; place < fields_a_table; ++place) {
      const auto shape = shape_of(place, table);
      const auto id = std::to_string(table * fields_a_table + place + 1);
      const auto name = name_of(place, table, tables);
      const bool declared = place == 1 || (place == 2 && table % 2 == 0);
      const auto target = ((table * 7 + place * 13) % tables) * fields_a_table + 1;
      if (place > 0) out += ',';
      out +=
          R"({"id":)" + id + R"(,"table_id":)" + std::to_string(table + 1) + R"(,"name":)" + text(name) +
          R"(,"display_name":)" + text(name) + R"(,"description":)" +
          (place % 3 == 0 ? text("What " + name + " holds") : "null") + R"(,"database_type":)" +
          text(shape.database_type) + R"(,"base_type":)" + text(shape.base_type) + R"(,"effective_type":)" +
          text(shape.base_type) + R"(,"coercion_strategy":null,"semantic_type":)" +
          (shape.semantic_type != nullptr ? shape.semantic_type
           : declared                     ? "\"type/FK\""
                                          : "null") +
          R"(,"fk_target_field_id":)" + (declared ? std::to_string(target) : "null") +
          R"(,"target":null,"visibility_type":"normal","active":true,"position":)" + std::to_string(place) +
          R"(,"database_position":)" + std::to_string(place) +
          R"(,"custom_position":0,"preview_display":true,"has_field_values":"none","fingerprint":)" +
          shape.fingerprint +
          R"(,"fingerprint_version":5,"last_analyzed":"2024-06-19T11:49:39.47428Z","parent_id":null,"nfc_path":null,)" +
          R"("json_unfolding":false,"database_required":false,"database_is_auto_increment":false,"database_indexed":null,)" +
          R"("database_partitioned":null,"database_is_pk":)" + (place == 0 ? "true" : "false") +
          R"(,"database_is_nullable":true,"database_default":null,"database_is_generated":false,"settings":null,)" +
          R"("caveats":null,"points_of_interest":null,"created_at":"2024-06-19T11:49:38.804953Z",)" +
          R"("updated_at":"2025-11-21T09:28:36.682643Z"})";
    }
    out += "]}";
  }
  out += "]}";
  return out;
}

std::string large_database_list() {
  return R"({"data":[{"id":1,"name":"large","engine":"postgres","native_permissions":"write","initial_sync_status":"complete"}],"total":1})";
}

}  // namespace kpi::test
