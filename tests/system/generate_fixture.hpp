#pragma once

#include "support/model_double.hpp"
#include "system/fixture.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace kpi::test {

/// A world with a model in it and the schema report of tables with the least that a prompt needs.
struct ModelWorld : World {
  ModelDouble model;

  explicit ModelWorld(const std::vector<std::string>& tables, ModelDouble::Answer answer = good_answers())
      : model(std::move(answer)) {
    environment["OPENAI_API_KEY"] = "sk-planted-key";
    environment["OPENAI_BASE_URL"] = model.url();
    environment["KPI_LLM_MODEL"] = "gpt-4.1-mini";
    Json list = Json::array();
    for (const auto& table : tables) {
      list.push_back({{"name", table},
                      {"primary_key", {"id"}},
                      {"fields", Json::array({{{"name", "id"}, {"type", "type/Integer"}},
                                              {{"name", "amount"}, {"type", "type/Decimal"}},
                                              {{"name", "created_at"}, {"type", "type/DateTime"}}})}});
    }
    const Json schema{{"report", "schema"},
                      {"version", 1},
                      {"databases", Json::array({{{"id", 1},
                                                  {"name", "shop"},
                                                  {"engine", "postgres"},
                                                  {"dialect", "postgres"},
                                                  {"tables", std::move(list)}}})}};
    write("schema.json", dump_json(schema));
  }

  [[nodiscard]] Command generate(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"generate", "schema.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return command(std::move(arguments));
  }
};

/// The code of the table's entry in errors[], "" where it has none.
[[nodiscard]] inline std::string error_code(const Json& report, const std::string& table) {
  for (const auto& error : report.at("errors")) {
    if (error.at("item") == table) return error.at("code");
  }
  return "";
}

/// The table's status and how many KPIs it has: "ok 15".
[[nodiscard]] inline std::string status_of(const Json& report, const std::string& table) {
  for (const auto& one : report.at("tables")) {
    if (one.at("name") == table)
      return one.at("status").get<std::string>() + " " + std::to_string(one.at("kpis").get<int>());
  }
  return "";
}

/// The files of `folder` that hold `secret`: none should.
[[nodiscard]] inline std::vector<std::string> files_with(const std::filesystem::path& folder,
                                                         const std::string& secret) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    if (text.find(secret) != std::string::npos) found.push_back(entry.path().string());
  }
  return found;
}

}  // namespace kpi::test
