// kpi generate: schema report -> candidates report. Flags and wiring; the work is stages::generate.
#include "estimate.hpp"
#include "finish.hpp"
#include "invocation.hpp"
#include "provider.hpp"
#include "stage_commands.hpp"

#include <kpi/stages/generate.hpp>

namespace kpi::app {

void add_flags(Flags& flags, CLI::App& command, GenerateFlags& target) {
  flags.key("--provider", "llm.provider",
            "Who writes the KPIs; openai is any compatible server, rules work offline (default: auto)",
            "auto|openai|anthropic|rules|replay");
  flags.key("--model", "llm.model", "Model (default: the provider's)", "NAME");
  flags.key("--base-url", "llm.base_url", "OpenAI-compatible server", "URL")->check(no_password());
  flags.key("--per-table", "generate.per_table", "KPIs a table (default: 15..20)", "MIN..MAX");
  add_repeatable(command, "--table", target.tables, "Tables to write for, by name; repeatable (default: all)")
      ->type_name("GLOB");
  command.add_flag("--changed-only", target.changed_only, "Only tables that the report's changes name");
  flags.key("--budget", "llm.budget_usd", "Most this run may spend", "USD");
  flags.key("--max-tokens", "llm.max_tokens", "Longest answer (default: 8000)", "N");
  command.add_flag("--no-cache", target.no_cache, "Ask the model also where its answer is stored");
  command.add_option("--record", target.record, "Write the model's answers to DIR too, for --replay")
      ->type_name("DIR");
  command.add_option("--replay", target.replay, "Take recorded answers from DIR instead of asking a model")
      ->type_name("DIR");
  command
      .add_option("--fallback", target.fallback,
                  "Who writes for tables that the provider failed on: rules or none")
      ->check(one_of({"rules", "none"}))
      ->option_text("rules|none");
  flags.key("--domain", "generate.domain", "Line of business: a name in config/domains, or a YAML file",
            "FILE");
}

stages::GenerateOptions options_of(const Session& session, const GenerateFlags& flags) {
  const auto& settings = session.settings().generate;
  stages::GenerateOptions options;
  options.min_kpis = static_cast<int>(settings.min_kpis);
  options.max_kpis = static_cast<int>(settings.max_kpis);
  if (!flags.tables.empty()) options.tables = flags.tables;
  options.changed_only = flags.changed_only;
  return options;
}

Result<stages::Outcome<model::CandidatesReport>> generate(Session& session, Ports& ports,
                                                          const ReadReport<model::SchemaReport>& schema,
                                                          const GenerateFlags& flags,
                                                          const std::string& run_id,
                                                          stages::EarlyExamination* early) {
  auto domain = ports.domain();
  if (!domain) return std::move(domain).error();
  auto providers = open_providers(session, ports, flags);
  if (!providers) return std::move(providers).error();
  stages::GeneratePorts handed{*providers->generator, providers->fallback.get(), **domain};
  if (early != nullptr) handed.on_kpis = [early](const auto& kpis) { early->take(kpis); };
  auto outcome = stages::generate(schema.report, options_of(session, flags), handed,
                                  session.context(schema.report.envelope.metabase_url, run_id));
  if (outcome) outcome->report.envelope.input = schema.input;
  return outcome;
}

namespace {

struct Generate {
  Common common;
  GenerateFlags flags;
  std::string input;
  bool estimate = false;
};

Result<Ending> run_generate(const Generate& command, Surroundings& around) {
  auto session = Session::open(command.common, around, "kpi generate");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  Ports ports(**session);
  // Before the report, which may be hours away in a pipe: a missing key is told at once.
  if (!command.estimate) {
    if (auto fine = check_provider(**session, ports, command.flags); !fine) return std::move(fine).error();
  }
  auto schema = load_report<model::SchemaReport>(command.input, around.stop);
  if (!schema) return std::move(schema).error();
  if (command.estimate) return estimate_generation(**session, ports, schema->report, command.flags);
  auto outcome = generate(**session, ports, *schema, command.flags);
  if (!outcome) return std::move(outcome).error();
  return finish(**session, *outcome, "generate");
}

}  // namespace

void add_generate(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Generate>();
  auto* command = root.add_subcommand("generate", "Write KPIs for each table -> candidates report");
  Flags flags(*command, self->common);
  command->add_option("report", self->input, "Schema report, or - for standard input")->option_text("REPORT");
  add_flags(flags, *command, self->flags);
  command->add_flag("--estimate", self->estimate, "Forecast calls, tokens and cost, and ask no model");
  flags.output();
  flags.stage();
  command->callback([self, &invocation] {
    self->common.subject = self->input;
    invocation.run = [self](Surroundings& around) { return run_generate(*self, around); };
  });
}

}  // namespace kpi::app
