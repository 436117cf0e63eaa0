#include <kpi/config/key_setters.hpp>

#include <utility>

// Rows of the table of keys: the stages, and what a tenant may do.
namespace kpi::config {
namespace {

std::string set_per_table(Settings& settings, const Values& values) {
  const std::string_view text = values.front();
  const auto dots = text.find("..");
  const auto least = whole_number(text.substr(0, dots));
  const auto most = dots == std::string_view::npos ? least : whole_number(text.substr(dots + 2));
  if (!least || !most || *least < 1 || *most > 100 || *least > *most) {
    return "must be MIN..MAX with whole numbers from 1 to 100, the smaller first: 15..20";
  }
  settings.generate.min_kpis = *least;
  settings.generate.max_kpis = *most;
  return "";
}

}  // namespace

void add_stage_keys(std::vector<Key>& rows) {
  using enum KeyKind;
  const auto row = [&](Key key) { rows.push_back(std::move(key)); };

  row({"discover.database",
       list,
       {},
       "Databases to look at, by name or id",
       "all of them",
       [](const Settings& s) { return s.discover.database; },
       KPI_SET(set_list<not_empty>, discover.database)});
  row({"discover.include",
       list,
       {},
       "Tables to take, by name (* any text, ? one character)",
       "",
       [](const Settings& s) { return s.discover.include; },
       KPI_SET(set_list<not_empty>, discover.include)});
  row({"discover.exclude",
       list,
       {},
       "Tables to leave out, by name",
       "none",
       [](const Settings& s) { return s.discover.exclude; },
       KPI_SET(set_list<not_empty>, discover.exclude)});
  row({"discover.schema",
       text,
       {},
       "Schemas to look at, by name",
       "",
       KPI_GET(discover.schema),
       KPI_SET(set_text<not_empty>, discover.schema)});

  row({"generate.per_table",
       text,
       {},
       "KPIs a table, MIN..MAX, 1 to 100",
       "",
       [](const Settings& s) { return one(fmt::format("{}..{}", s.generate.min_kpis, s.generate.max_kpis)); },
       set_per_table});
  row({"generate.domain",
       text,
       {},
       "The line of business: a name in config/domains, or a file of your own",
       "",
       KPI_GET(generate.domain),
       KPI_SET(set_text<not_empty>, generate.domain)});

  row({"validate.timeout_s",
       number,
       {},
       "Seconds one query may take, 1 to 3600",
       "",
       KPI_GET(validate.timeout_s),
       KPI_SET((set_whole<1, 3600>), validate.timeout_s)});
  row({"validate.max_rows",
       number,
       {},
       "Rows one query may return, 1 to 1048575",
       "",
       KPI_GET(validate.max_rows),
       KPI_SET((set_whole<1, 1'048'575>), validate.max_rows)});
  row({"validate.repair",
       number,
       {},
       "Rounds of repair by the model, 0 to 10",
       "",
       KPI_GET(validate.repair),
       KPI_SET((set_whole<0, 10>), validate.repair)});

  row({"validate.per_database",
       number,
       {},
       "Queries under way at once on one database, 1 to 64",
       "",
       KPI_GET(validate.per_database),
       KPI_SET((set_whole<1, 64>), validate.per_database)});
  row({"validate.slow_s",
       number,
       {},
       "A query that takes longer is told, in seconds, 1 to 3600",
       "",
       KPI_GET(validate.slow_s),
       KPI_SET((set_whole<1, 3600>), validate.slow_s)});
  row({"validate.max_groups",
       number,
       {},
       "A breakdown of more groups is told, 2 to 100000",
       "",
       KPI_GET(validate.max_groups),
       KPI_SET((set_whole<2, 100'000>), validate.max_groups)});
  row({"validate.plan_from_rows",
       number,
       {},
       "Tables from this many rows have the plan of their queries looked at first; joins always",
       "",
       KPI_GET(validate.plan_from_rows),
       KPI_SET((set_whole<0, 1'000'000'000'000>), validate.plan_from_rows)});
  row({"validate.max_plan_rows",
       number,
       {},
       "A query is not run where a step of its plan expects more rows than this; 0: no limit",
       "",
       KPI_GET(validate.max_plan_rows),
       KPI_SET((set_whole<0, 1'000'000'000'000'000>), validate.max_plan_rows)});
  row({"validate.max_plan_cost",
       number,
       {},
       "A query is not run where its plan costs more than this, in the database's unit; 0: no limit",
       "",
       KPI_GET(validate.max_plan_cost),
       KPI_SET((set_whole<0, 1'000'000'000'000'000>), validate.max_plan_cost)});

  row({"register.collection",
       text,
       {},
       "The collection that holds the cards; slashes make folders",
       "",
       KPI_GET(registration.collection),
       KPI_SET(set_text<check_collection>, registration.collection)});
  row({"register.min_score",
       number,
       {},
       "KPIs that score less are not registered, 0 to 100",
       "",
       KPI_GET(registration.min_score),
       KPI_SET((set_whole<0, 100>), registration.min_score)});

  row({"audit.stale_days",
       number,
       {},
       "Days after which a card without newer rows is stale, 1 to 36500",
       "",
       KPI_GET(audit.stale_days),
       KPI_SET((set_whole<1, 36'500>), audit.stale_days)});

  row({"features.model_repair",
       text,
       {},
       "Let the model mend KPIs that do not run: on or off",
       "",
       KPI_GET(features.model_repair),
       KPI_SET(set_switch, features.model_repair)});
  row({"features.inferred_keys",
       text,
       {},
       "Infer foreign keys that are not declared: on or off",
       "",
       KPI_GET(features.inferred_keys),
       KPI_SET(set_switch, features.inferred_keys)});
  row({"features.dashboards",
       text,
       {},
       "Keep a dashboard a category when registering: on or off",
       "",
       KPI_GET(features.dashboards),
       KPI_SET(set_switch, features.dashboards)});
  row({"features.card_check",
       text,
       {},
       "Run each card once after it was written: on or off",
       "",
       KPI_GET(features.card_check),
       KPI_SET(set_switch, features.card_check)});
  row({"features.history",
       text,
       {},
       "Keep each KPI's value at every audit, to compare the next with: on or off",
       "",
       KPI_GET(features.history),
       KPI_SET(set_switch, features.history)});
  row({"history.keep_days",
       number,
       {},
       "Days that values and the audit trail are kept, 1 to 36500",
       "",
       KPI_GET(history.keep_days),
       KPI_SET((set_whole<1, 36'500>), history.keep_days)});
}

}  // namespace kpi::config
