#pragma once

#include <kpi/llm/rules_draft.hpp>

// The rules by theme. Each looks at the facts of one table and adds the KPIs that they bear.
namespace kpi::llm {

void time_rules(const Facts& facts, Ideas& ideas);      ///< how many, when, growing or not
void measure_rules(const Facts& facts, Ideas& ideas);   ///< sums, averages, spread of amounts
void mix_rules(const Facts& facts, Ideas& ideas);       ///< shares by category
void rate_rules(const Facts& facts, Ideas& ideas);      ///< how often something happens
void duration_rules(const Facts& facts, Ideas& ideas);  ///< how long something takes
void key_rules(const Facts& facts, Ideas& ideas);       ///< who is active, who comes back
void join_rules(const Facts& facts, Ideas& ideas);      ///< by what a neighbour knows
void child_rules(const Facts& facts, Ideas& ideas);     ///< what hangs on a row
void quality_rules(const Facts& facts, Ideas& ideas);   ///< completeness and freshness

}  // namespace kpi::llm
