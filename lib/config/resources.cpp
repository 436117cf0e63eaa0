#include <kpi/base/text.hpp>
#include <kpi/config/resources.hpp>
#include <kpi/config/yaml_reader.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace kpi::config {
namespace {

/// Reads `file` with `read(YamlReader&, Value&)` and answers for everything that may be wrong with it.
template <class Value, class Read>
Result<Value> read_resource(const std::filesystem::path& file, const Read& read) {
  const auto root = read_yaml(file, file.string());
  if (!root) return root.error();
  YamlReader reader(*root, file.string());
  Value value;
  read(reader, value);
  reader.done();
  if (reader.error()) return *reader.error();
  return value;
}

void read_price(YamlReader& reader, std::string_view provider, std::vector<ModelPrice>& prices) {
  ModelPrice price;
  price.provider = provider;
  price.input_usd = price.output_usd = -1;
  std::vector<std::string> models;
  reader.take("models", models).take("input_usd", price.input_usd).take("output_usd", price.output_usd);
  price.cached_input_usd = price.cache_write_usd = price.input_usd;
  reader.take("cached_input_usd", price.cached_input_usd).take("cache_write_usd", price.cache_write_usd);
  if (models.empty()) reader.fail("models", "is missing");
  if (price.input_usd < 0) reader.fail("input_usd", "is missing");
  if (price.output_usd < 0) reader.fail("output_usd", "is missing");
  for (const auto& model : models) {
    const auto star = model.find('*');
    if (star != std::string::npos && star + 1 != model.size())
      reader.fail("models", "may have * at the end only");
    const bool twice = std::any_of(prices.begin(), prices.end(), [&](const ModelPrice& other) {
      return other.provider == provider && other.model == model;
    });
    if (twice) reader.fail("models", fmt::format("name {} twice", model));
    price.model = model;
    prices.push_back(price);
  }
}

void read_category(YamlReader& reader, std::vector<model::Category>& categories) {
  model::Category category;
  reader.need("name", category.name).take("terms", category.terms);
  if (category.terms.empty())
    reader.fail("terms", "is missing: no table would ever fall under this category");
  for (const auto& term : category.terms) {
    if (name_key(term).empty()) reader.fail("terms", "must hold letters or digits");
  }
  for (const auto& other : categories) {
    if (other.name == category.name) reader.fail("name", "is there twice");
  }
  categories.push_back(std::move(category));
}

void read_domain_file(YamlReader& reader, model::Domain& domain) {
  reader.need("name", domain.name)
      .take("description", domain.description)
      .take("currency", domain.currency)
      .take("minor_unit_columns", domain.minor_unit_columns)
      .take("test_row_columns", domain.test_row_columns)
      .take("deleted_row_columns", domain.deleted_row_columns)
      .each("categories", [&](YamlReader& item) { read_category(item, domain.categories); })
      .each("glossary",
            [&](YamlReader& item) {
              model::GlossaryEntry entry;
              item.need("term", entry.term).need("meaning", entry.meaning);
              domain.glossary.push_back(std::move(entry));
            })
      .each("value_meanings",
            [&](YamlReader& item) {
              model::ValueMeanings meanings;
              item.need("column", meanings.column).each("values", [&](YamlReader& value) {
                auto& [held, meaning] = meanings.values.emplace_back();
                value.need("value", held).need("meaning", meaning);
              });
              if (meanings.values.empty()) item.fail("values", "is missing");
              domain.value_meanings.push_back(std::move(meanings));
            })
      .each("display_names",
            [&](YamlReader& item) {
              model::DisplayName display;
              item.need("column", display.column).need("name", display.name);
              domain.display_names.push_back(std::move(display));
            })
      .each("examples", [&](YamlReader& item) {
        model::Example example;
        item.need("table", example.table)
            .need("name", example.name)
            .need("description", example.description)
            .need("business_value", example.business_value)
            .need("sql", example.sql);
        domain.examples.push_back(std::move(example));
      });
  const bool code = domain.currency.size() == 3 && std::all_of(domain.currency.begin(), domain.currency.end(),
                                                               [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!code) reader.fail("currency", "must be three capital letters, as in USD");
  if (domain.categories.empty()) reader.fail("categories", "is missing");
}

}  // namespace

const ModelPrice* ModelTable::price(std::string_view provider, std::string_view model) const {
  const ModelPrice* best = nullptr;
  for (const auto& entry : prices) {
    if (entry.provider != provider) continue;
    if (entry.model == model) return &entry;
    if (!entry.model.ends_with('*')) continue;
    const auto prefix = std::string_view(entry.model).substr(0, entry.model.size() - 1);
    if (model.starts_with(prefix) && (best == nullptr || entry.model.size() > best->model.size()))
      best = &entry;
  }
  return best;
}

Result<ModelTable> read_models(const std::filesystem::path& file) {
  return read_resource<ModelTable>(file, [](YamlReader& reader, ModelTable& table) {
    reader.need("dated", table.dated)
        .need("default_openai_model", table.default_openai_model)
        .need("default_anthropic_model", table.default_anthropic_model);
    for (const char* provider : {"openai", "anthropic"}) {
      reader.each(provider, [&](YamlReader& item) { read_price(item, provider, table.prices); });
    }
  });
}

Result<model::Domain> read_domain(const std::filesystem::path& share, const std::string& name_or_file) {
  if (name_or_file.ends_with(".yaml") || name_or_file.ends_with(".yml")) {
    return read_resource<model::Domain>(name_or_file, read_domain_file);
  }
  const auto folder = share / "config" / "domains";
  const auto file = folder / (name_or_file + ".yaml");
  std::vector<std::string> names;
  std::error_code failure;
  for (std::filesystem::directory_iterator at(folder, failure), end; !failure && at != end;
       at.increment(failure)) {
    if (at->path().extension() == ".yaml") names.push_back(at->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  if (std::find(names.begin(), names.end(), name_or_file) == names.end()) {
    return Error{Fault::input, "config.value", "config",
                 fmt::format("{} has no domain called {}", folder.string(), shorten(name_or_file, 80)),
                 names.empty()
                     ? "give a file that ends in .yaml"
                     : fmt::format("choose one of {}, or give a file that ends in .yaml", join(names, ", "))};
  }
  return read_resource<model::Domain>(file, read_domain_file);
}

Result<model::SqlPolicy> read_sql_policy(const std::filesystem::path& file) {
  return read_resource<model::SqlPolicy>(file, [](YamlReader& reader, model::SqlPolicy& policy) {
    reader.take("postgres_functions", policy.postgres_functions)
        .take("sqlite_functions", policy.sqlite_functions)
        .take("max_bytes", policy.max_bytes)
        .take("max_depth", policy.max_depth)
        .take("max_joins", policy.max_joins)
        .take("max_generated_rows", policy.max_generated_rows)
        .take("allow_personal_columns", policy.allow_personal_columns);
    for (const char* name : {"postgres_functions", "sqlite_functions"}) {
      if (reader.missing(name)) reader.fail(name, "is missing: without it every call would be refused");
    }
    if (policy.max_bytes == 0) reader.fail("max_bytes", "must be 1 or more");
    if (policy.max_depth == 0) reader.fail("max_depth", "must be 1 or more");
    if (policy.max_generated_rows < 0) reader.fail("max_generated_rows", "must be 0 or more");
  });
}

Result<std::vector<ScoringWeight>> read_scoring(const std::filesystem::path& file) {
  return read_resource<std::vector<ScoringWeight>>(
      file, [](YamlReader& reader, std::vector<ScoringWeight>& weights) {
        double sum = 0;
        reader.each("components", [&](YamlReader& item) {
          ScoringWeight weight;
          std::string meaning;  // for people who read the file
          item.need("component", weight.component).take("weight", weight.weight).take("meaning", meaning);
          if (item.missing("weight")) item.fail("weight", "is missing");
          for (const auto& other : weights) {
            if (other.component == weight.component) item.fail("component", "is there twice");
          }
          sum += weight.weight;
          weights.push_back(std::move(weight));
        });
        if (sum <= 0) reader.fail("components", "must hold at least one weight over 0");
      });
}

}  // namespace kpi::config
