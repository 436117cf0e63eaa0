#pragma once

#include <kpi/model/kpi.hpp>
#include <kpi/sql/traits.hpp>
#include <kpi/stages/result_facts.hpp>

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a KPI's score is made of. Sources: "Metabase" is Metabase's own scorers (metabase.interestingness:
// impl, dimension, chart), whose thresholds for group counts, zeros and single values are taken over; "Lean
// Analytics" is Croll and Yoskovitz, chapter 2: a good metric is comparative, understandable, a ratio or a
// rate, and changes the way one behaves.
namespace kpi::stages {

/// One component's view of a KPI.
struct Judgement {
  double value = 0;    ///< 0..1
  std::string reason;  ///< for a person
};

/// How many working KPIs each business function and each table has.
class Coverage {
public:
  explicit Coverage(const std::vector<const model::Kpi*>& working);
  /// Nothing where all KPIs are of one function and one table.
  [[nodiscard]] std::optional<Judgement> judge(const model::Kpi& kpi) const;

private:
  std::map<std::string, std::size_t> by_category_;
  std::map<std::string, std::size_t> by_table_;
  std::size_t total_ = 0;
};

/// A validated KPI, with what more than one component looks at. What it refers to outlives it.
struct Subject {
  /// `facts` are of its rows, null where it was not run.
  Subject(const model::Kpi& of, const ResultFacts* its_facts, const Coverage& all)
      : kpi(of),
        facts(its_facts),
        coverage(all),
        traits(sql::traits_of(of.sql, of.dialect)) {}
  const model::Kpi& kpi;
  const ResultFacts* facts;
  const Coverage& coverage;
  sql::Traits traits;
};

/// What `component` (a name of config/scoring.yaml) says of a KPI; none where it can say nothing.
[[nodiscard]] std::optional<Judgement> judge(std::string_view component, const Subject& subject);

/// The names that judge() knows.
[[nodiscard]] std::vector<std::string> score_component_names();

[[nodiscard]] bool has_finding(const model::Kpi& kpi, std::string_view code);

}  // namespace kpi::stages
