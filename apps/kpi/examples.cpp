#include "examples.hpp"

#include <array>
#include <utility>

namespace kpi::app {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 14> examples{{
    {"kpi discover",
     "  # every table whose name begins with TB_, of one database\n"
     "  kpi discover --database shop --include 'TB_*' -o schema.json\n"
     "  # the same, and what changed since an earlier report\n"
     "  kpi discover --since schema.json -o today.json\n"
     "  # the sample company, without a Metabase\n"
     "  kpi discover --sandbox -o schema.json\n"},
    {"kpi generate",
     "  # what a model would cost; asks none\n"
     "  kpi generate schema.json --estimate\n"
     "  # by the model whose key is in the environment, for 5 USD at most\n"
     "  kpi generate schema.json --budget 5 -o candidates.json\n"
     "  # by a server of your own (Ollama)\n"
     "  kpi generate schema.json --base-url http://localhost:11434/v1 --model qwen3 -o candidates.json\n"
     "  # offline\n"
     "  kpi generate schema.json --provider rules -o candidates.json\n"},
    {"kpi validate",
     "  kpi validate candidates.json -o validation.json\n"
     "  # exit 1 where fewer than 90% hold, or one would have written\n"
     "  kpi validate candidates.json --min-success 90 --fail-on 'guard.*' -o validation.json\n"
     "  # in a workflow: annotates the file that is checked\n"
     "  kpi validate kpis.json --no-execute --format github\n"},
    {"kpi register",
     "  # what would change, as a diff\n"
     "  kpi register validation.json --dry-run -o planned.json\n"
     "  # a plan to look at, and then exactly that\n"
     "  kpi register validation.json --plan plan.json -o planned.json\n"
     "  kpi register --apply plan.json -o registration.json\n"
     "  # archive what the report no longer has; a dashboard a category\n"
     "  kpi register validation.json --prune --dashboard -o registration.json\n"},
    {"kpi audit",
     "  kpi audit -o audit.json\n"
     "  # for a scheduler: mends what rules can, exit 1 where that was not enough\n"
     "  kpi audit --fix --fail-on broken,stale,orphan -o audit.json\n"},
    {"kpi run",
     "  kpi run -o registration.json\n"
     "  # every night: only tables that changed since the last run\n"
     "  kpi run --changed-only --quiet -o registration.json\n"
     "  # once more from a stage on, on the reports of the last run\n"
     "  kpi run --from validate -o registration.json\n"
     "  # the whole of it on the sample company, without a Metabase or a model\n"
     "  kpi run --sandbox --provider rules -o registration.json\n"},
    {"kpi sandbox",
     "  # the sample company, where Metabase would listen\n"
     "  kpi sandbox --port 3000\n"
     "  # a database of yours\n"
     "  kpi sandbox --database sqlite:music.sqlite\n"},
    {"kpi init",
     "  kpi init\n"
     "  cp .env.example .env && chmod 600 .env\n"},
    {"kpi doctor",
     "  kpi doctor\n"
     "  # without a Metabase: is the installation whole?\n"
     "  kpi doctor --sandbox\n"},
    {"kpi report",
     "  # on a terminal a table, in a pipe Markdown\n"
     "  kpi report validation.json\n"
     "  # one page for a browser\n"
     "  kpi report validation.json -o kpis.html\n"
     "  # why a KPI scores what it scores\n"
     "  kpi report validation.json --explain 'Total Orders'\n"},
    {"kpi history",
     "  # what was paid for since a day\n"
     "  kpi history --kind model --since 2026-11-21\n"
     "  # the SQL that a KPI's card held over time, and its values\n"
     "  kpi history --sql --kpi 52cdae633ada6ecf\n"
     "  kpi history --values 52cdae633ada6ecf\n"},
    {"kpi state backup", "  kpi state backup state-2026-11-21.db\n"},
    {"kpi completion",
     "  # bash: for this shell, and for all of yours\n"
     "  source <(kpi completion bash)\n"
     "  kpi completion bash > ~/.local/share/bash-completion/completions/kpi\n"
     "  # zsh: into a folder of $fpath; fish\n"
     "  kpi completion zsh > ~/.zfunc/_kpi\n"
     "  kpi completion fish > ~/.config/fish/completions/kpi.fish\n"},
    {"kpi man", "  kpi man pages && man -l pages/kpi-run.1\n"},
}};

}  // namespace

std::string examples_of(std::string_view path) {
  for (const auto& [command, text] : examples) {
    if (command == path) return std::string(text);
  }
  return "";
}

}  // namespace kpi::app
