// kpi init: writes kpi.yaml and .env.example for a start.
#include "common.hpp"
#include "invocation.hpp"

#include <kpi/base/file.hpp>
#include <kpi/config/settings.hpp>

#include <array>
#include <filesystem>

namespace kpi::app {
namespace {

struct Init {
  std::string folder = ".";
  bool force = false;
  Common common;
};

Result<Ending> run_init(const Init& command, Surroundings& around) {
  around.console.configure(command.common.console);
  struct File {
    std::filesystem::path path;
    std::string text;
  };
  const std::filesystem::path folder(command.folder);
  const std::array files{File{folder / "kpi.yaml", config::example_config()},
                         File{folder / ".env.example", config::example_env()}};
  // All or none: half a scaffold beside the user's own file helps nobody.
  if (!command.force) {
    for (const auto& file : files) {
      std::error_code ignored;
      if (!std::filesystem::exists(std::filesystem::symlink_status(file.path, ignored))) continue;
      return Error{Fault::input, "init.exists", "init", file.path.string() + " is there already",
                   "remove it, or overwrite it with --force"};
    }
  }
  if (auto made = make_directories(folder); !made) return std::move(made).error();
  for (const auto& file : files) {
    if (auto written = write_file(file.path, file.text); !written) return std::move(written).error();
    around.console.line("wrote " + file.path.string());
  }
  around.console.line(
      "Next: put METABASE_URL and credentials into .env (see .env.example), then run kpi doctor");
  return Ending{};
}

}  // namespace

void add_init(CLI::App& root, Invocation& invocation) {
  auto self = std::make_shared<Init>();
  auto* command = root.add_subcommand("init", "Write a kpi.yaml and a .env.example to start from");
  command->add_option("folder", self->folder, "Where to (default: here)")->option_text("DIR");
  command->add_flag("--force", self->force, "Overwrite files that are there");
  Flags(*command, self->common).talk();
  command->callback([self, &invocation] {
    invocation.run = [self](Surroundings& around) { return run_init(*self, around); };
  });
}

}  // namespace kpi::app
