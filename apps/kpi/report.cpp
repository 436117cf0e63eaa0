// kpi report: any report for people and for build servers. The work is kpi::render.
#include "common.hpp"
#include "invocation.hpp"
#include "report_io.hpp"

#include <kpi/base/text.hpp>
#include <kpi/render/explain.hpp>
#include <kpi/render/formats.hpp>
#include <kpi/render/summary.hpp>

namespace kpi::app {
namespace {

struct Report {
  Common common;
  std::string input;
  std::string explain;
  bool summary = false;
};

/// The flag, else what the output file's name asks for, else a table on a terminal and Markdown elsewhere.
/// Source: gh and dbt, whose tables are for eyes and not for pipes; pandoc, which goes by the file's name.
render::Format format_of(const Common& common) {
  if (common.format) return *common.format;
  const bool to_file = !common.output.empty() && common.output != "-";
  if (to_file) return render::format_of_file(common.output).value_or(render::Format::markdown);
  return output_is_terminal() ? render::Format::table : render::Format::markdown;
}

const std::vector<model::Kpi>* kpis_of(const model::AnyReport& report) {
  return std::visit(
      [](const auto& one) -> const std::vector<model::Kpi>* {
        if constexpr (requires { one.kpis; }) return &one.kpis;
        return nullptr;
      },
      report);
}

Result<std::string> explained(const model::AnyReport& report, const std::string& id, const std::string& name,
                              const render::TerminalStyle& style) {
  const auto* kpis = kpis_of(report);
  if (kpis == nullptr) {
    return Error{Fault::input, "report.kind", name, "holds no KPIs, so there is no score to explain",
                 "give a validation or registration report"};
  }
  auto kpi = render::kpi_with_id(*kpis, id);
  if (!kpi) return std::move(kpi).error();
  return render::explanation(**kpi, style);
}

Result<std::string> text_of(const Report& command, const InputText& input) {
  auto report = model::read_any_report(source_of(input.text), input.name);
  if (!report) return std::move(report).error();
  const auto format = format_of(command.common);
  // Only these two show lines of the file; looking for them reads all of it once more.
  const bool placed = format == render::Format::sarif || format == render::Format::github;
  const auto setting = setting_of(command.common, placed ? command.input : "", input.text);
  if (!command.explain.empty()) return explained(*report, command.explain, input.name, setting.terminal);
  return std::visit(
      [&](const auto& one) {
        return command.summary ? join(render::summary(one), "\n") + "\n"
                               : render::rendered(one, format, setting);
      },
      *report);
}

Result<Ending> run_report(const Report& command, Surroundings& around) {
  around.console.configure(command.common.console);
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  auto input = read_input(command.input, around.stop);
  if (!input) return std::move(input).error();
  auto text = text_of(command, *input);
  if (!text) return std::move(text).error();
  auto written = write_output(command.common.output, *text);
  if (!written) return std::move(written).error();
  return Ending{*written == Written::closed ? Exit::closed : Exit::done, ""};
}

}  // namespace

void add_report(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Report>();
  auto* command =
      root.add_subcommand("report", "Show any report: a table, Markdown, one HTML file, JUnit, SARIF");
  command->add_option("report", self->input, "Report file, or - for standard input")->option_text("REPORT");
  auto* summary = command->add_flag("--summary", self->summary, "Only what it comes to, in a few lines");
  command
      ->add_option(
          "--explain", self->explain,
          "One KPI, by its id, the first digits of it or its name: its findings, and its score as a sum")
      ->type_name("KPI_ID")
      ->excludes(summary);
  Flags flags(*command, self->common);
  flags.output("what the end of -o FILE asks for; else table on a terminal and md elsewhere");
  flags.talk();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_report(*self, around); };
  });
}

}  // namespace kpi::app
