// kpi run --all-tenants.
#include "run.hpp"

#include <algorithm>

namespace kpi::app {
namespace {

/// How bad an exit code is, for the one that stands for several runs.
int gravity(Exit code) {
  static constexpr std::array order{Exit::done,   Exit::gate,        Exit::partial,
                                    Exit::usage,  Exit::unreachable, Exit::machine,
                                    Exit::closed, Exit::interrupted, Exit::defect};
  return static_cast<int>(std::find(order.begin(), order.end(), code) - order.begin());
}

}  // namespace

Result<Ending> run_all_tenants(const Run& command, Surroundings& around) {
  Run each = command;
  each.one_of_many = true;
  each.common.sources.all_tenants = true;
  auto session = Session::open(each.common, around, "kpi run");
  if (!session) return std::move(session).error();
  if (auto fine = check_output(command.common.output); !fine) return std::move(fine).error();
  const auto tenants = (*session)->loaded().tenants;
  if (tenants.empty()) {
    return Error{Fault::input, "config.no_tenants", "config",
                 "--all-tenants: the configuration names no tenants", "name them under tenants: in kpi.yaml"};
  }
  Json list = Json::array();
  Ending worst;
  std::size_t failed = 0;
  for (const auto& tenant : tenants) {
    each.common.sources.flags["tenant"] = {tenant};
    each.common.sources.flag_names["tenant"] = "--tenant";
    each.out = command.out.empty() ? "" : (std::filesystem::path(command.out) / tenant).string();
    around.console.line("tenant " + tenant);
    std::filesystem::path folder;
    auto ended = run_tenant(each, around, folder);
    Ending ending = ended ? *ended : Ending{exit_of(ended.error().fault), ended.error().line()};
    std::error_code gone;  // one in which nothing was left
    list.push_back({{"tenant", tenant},
                    {"exit_code", static_cast<int>(ending.code)},
                    {"folder", std::filesystem::exists(folder, gone) ? Json(folder.string()) : Json()},
                    {"error", ending.why.empty() ? Json() : Json(ending.why)}});
    if (ending.code != Exit::done) ++failed;
    if (gravity(ending.code) > gravity(worst.code)) worst = {ending.code, tenant + ": " + ending.why};
    if (ending.code == Exit::interrupted || around.stop.stop_requested()) break;
  }
  if (worst.code != Exit::done) {
    worst.why = fmt::format("run: {} of {} tenants did not end well; {}", failed, tenants.size(), worst.why);
  }
  if (worst.code == Exit::interrupted) return worst;
  auto written = write_output(command.common.output, dump_json({{"tenants", std::move(list)}}, 2) + "\n");
  if (!written) return std::move(written).error();
  if (*written == Written::closed) return Ending{Exit::closed, ""};
  return worst;
}

}  // namespace kpi::app
