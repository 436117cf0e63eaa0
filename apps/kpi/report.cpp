// kpi report: any report for people. The work is kpi::render.
#include "common.hpp"
#include "invocation.hpp"
#include "report_io.hpp"

#include <kpi/base/text.hpp>
#include <kpi/render/formats.hpp>
#include <kpi/render/summary.hpp>

namespace kpi::app {
namespace {

struct Report {
  Common common;
  std::string input;
  bool summary = false;
};

Result<Ending> run_report(const Report& command, Surroundings& around) {
  around.console.configure(command.common.console);
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  auto input = read_input(command.input, around.stop);
  if (!input) return std::move(input).error();
  auto report = render::read_any(input->text, input->name);
  if (!report) return std::move(report).error();
  const auto text = std::visit(
      [&](const auto& one) {
        return command.summary ? join(render::summary(one), "\n") + "\n"
                               : render::rendered(one, command.common.format);
      },
      *report);
  auto written = write_output(command.common.output, text);
  if (!written) return std::move(written).error();
  return Ending{*written == Written::closed ? Exit::closed : Exit::done, ""};
}

}  // namespace

void add_report(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Report>();
  self->common.format = render::Format::markdown;
  auto* command = root.add_subcommand("report", "Show any report, for people or as JSON");
  command->add_option("report", self->input, "Report file, or - for standard input")->option_text("REPORT");
  command->add_flag("--summary", self->summary, "Only what it comes to, in a few lines");
  Flags flags(*command, self->common);
  flags.output();
  flags.talk();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_report(*self, around); };
  });
}

}  // namespace kpi::app
